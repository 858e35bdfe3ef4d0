// Speaking into this page: the button, and the speaker's own lines among the others.
import { inWords } from './messages.js';
import { Microphone } from './microphone.js';
import { say } from './words.js';

const $ = (id) => document.getElementById(id);
const TRACK = 'browser';

export class Speaking {
  constructor(transcript, { onKeywords }) {
    this.transcript = transcript;
    this.onKeywords = onKeywords;
    this.lines = [];
    this.state = 'quiet';
    this.told = []; // what the server said of a failure, sentence by sentence
    this.failure = ''; // else a word for what this side saw
    this.microphone = new Microphone({
      onMessage: (message) => this.hear(message),
      onState: (state) => this.turn(state),
    });
    $('mic').addEventListener('click', () => this.toggle());
  }

  allow(allowed) {
    $('mic').hidden = !allowed || !navigator.mediaDevices;
    this.draw();
  }

  toggle() {
    if (this.state === 'speaking') this.microphone.stop();
    else if (this.state !== 'starting' && this.state !== 'settling') this.microphone.start();
  }

  hear(message) {
    if (message.type === 'partial') {
      this.transcript.growing.set(TRACK, {
        open: message.committed, partial: message.text.slice(message.committed.length),
      });
      this.transcript.drawGrowing();
    } else if (message.type === 'transcription') {
      const line = { track: TRACK, text: message.text, start_s: message.start_s };
      this.lines = [...this.lines, line].slice(-400);
      this.transcript.add(line);
    } else if (message.type === 'keywords_update') {
      this.onKeywords(message.keywords.map((entry) => ({ key: `${TRACK}/${entry.text}`, ...entry })));
    } else if (message.type === 'finished') {
      this.transcript.settle(TRACK);
    } else if (message.type === 'error') {
      this.told = [message.message, message.hint].filter(Boolean);
      this.draw();
    }
  }

  turn(state) {
    this.state = state;
    if (state === 'starting') {
      this.told = [];
      this.failure = '';
    } else if (state.startsWith('mic')) {
      this.failure = state;
    }
    this.draw();
  }

  // After a fresh snapshot of the meeting: what was said here is not part of it.
  restore() {
    for (const line of this.lines) this.transcript.add(line);
  }

  forget() {
    this.lines = [];
  }

  draw() {
    const button = $('mic');
    button.textContent = say(this.state === 'speaking' ? 'micStop' : this.state === 'settling' ? 'micSettling' : 'micStart');
    button.classList.toggle('speaking', this.state === 'speaking');
    button.disabled = this.state === 'settling' || this.state === 'starting';
    const text = this.told.length ? this.told.map(inWords).join(' ') : this.failure && say(this.failure);
    if ($('note').textContent !== text) $('note').textContent = text;
    $('note').hidden = !text;
  }
}
