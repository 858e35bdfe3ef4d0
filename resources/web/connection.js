// The live connection: a snapshot, then changes by sequence number; comes back without loss.
import { say } from './words.js';

export class Connection {
  constructor(handlers) {
    this.handlers = handlers; // onSnapshot, onEvent, onState, onConfig
    this.epoch = '';
    this.sequence = 0;
    this.wait = 500;
    this.open();
  }

  open() {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const query = new URLSearchParams({ epoch: this.epoch, after: String(this.sequence) });
    this.socket = new WebSocket(`${scheme}://${location.host}/live?${query}`);
    this.socket.onmessage = (message) => this.take(JSON.parse(message.data));
    this.socket.onclose = () => this.closed();
  }

  take(message) {
    this.wait = 500;
    this.handlers.onState('open');
    if (message.snapshot) {
      this.epoch = message.snapshot.epoch;
      this.sequence = message.snapshot.sequence;
      this.handlers.onSnapshot(message.snapshot);
    } else if (message.event) {
      if (message.sequence) {
        if (message.sequence <= this.sequence) return; // seen before the break
        this.sequence = message.sequence;
      }
      this.handlers.onEvent(message.event);
    }
  }

  async closed() {
    this.handlers.onState('lost');
    const wait = this.wait * (0.8 + Math.random() * 0.4);
    this.wait = Math.min(this.wait * 1.7, 10000);
    await new Promise((done) => setTimeout(done, wait));
    try {
      const reply = await fetch('/api/config', { cache: 'no-store' });
      if (reply.status === 401) {
        this.handlers.onState('denied');
        return;
      }
      if (reply.ok) this.handlers.onConfig(await reply.json());
    } catch { /* not back yet */ }
    this.open();
  }
}

export async function post(path, body) {
  const reply = await fetch(path, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}),
  }).catch(() => { throw refused(say('unreachable')); });
  const result = await reply.json().catch(() => ({}));
  if (!reply.ok) {
    if (reply.status === 401) throw refused(say('denied'));
    if (reply.status === 429) throw refused(say('tooFast'));
    throw refused(result.error ?? String(reply.status), result.hint);
  }
  return result;
}

// An error with the sentences that tell it.
function refused(...told) {
  const parts = told.filter(Boolean);
  return Object.assign(new Error(parts.join(' ')), { parts });
}
