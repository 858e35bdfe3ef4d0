// The browser's microphone: 16 kHz int16 to the server, captions back.
const BLOCK = 1600; // a tenth of a second

function base64(buffer) {
  let text = '';
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}

export class Microphone {
  constructor({ onMessage, onState }) {
    this.handlers = { onMessage, onState };
    this.running = false;
  }

  async start(language) {
    this.running = true;
    this.handlers.onState('starting');
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true },
      });
      this.context = new AudioContext({ sampleRate: 16000 });
      await this.context.audioWorklet.addModule('/web/worklet.js');
      await this.connect(language);
    } catch (error) {
      this.release();
      this.handlers.onState(error.name === 'NotAllowedError' ? 'micDenied' : 'micFailed');
      return;
    }
    const node = new AudioWorkletNode(this.context, 'pcm', { processorOptions: { block: BLOCK } });
    node.port.onmessage = ({ data }) => this.send(data);
    this.context.createMediaStreamSource(this.stream).connect(node);
    this.handlers.onState('speaking');
  }

  connect(language) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.socket = new WebSocket(`${scheme}://${location.host}/ws`);
    this.socket.onmessage = ({ data }) => this.handlers.onMessage(JSON.parse(data));
    this.socket.onclose = () => {
      const cut = this.running;
      this.release();
      this.handlers.onState(cut ? 'micFailed' : 'quiet');
    };
    return new Promise((done, failed) => {
      this.socket.onopen = () => {
        this.socket.send(JSON.stringify({ type: 'config', format: 'int16', sample_rate: 16000, language }));
        done();
      };
      this.socket.onerror = failed;
    });
  }

  send(block) {
    if (this.socket?.readyState !== WebSocket.OPEN || !this.running) return;
    this.socket.send(JSON.stringify({ type: 'audio', data: base64(block) }));
  }

  // No more sound; the socket stays open until the last words are recognised.
  stop() {
    if (!this.running) return;
    this.running = false;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send('{"type":"stop"}');
    this.handlers.onState('settling');
    this.silence();
  }

  silence() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.context && this.context.state !== 'closed') this.context.close();
  }

  release() {
    this.running = false;
    this.silence();
    this.socket?.close();
  }
}
