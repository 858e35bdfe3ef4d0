// The browser's microphone: 16 kHz int16 to the server, captions back.
const BLOCK = 1600; // a tenth of a second
const REASONS = { NotAllowedError: 'micDenied', NotFoundError: 'micAbsent', NotReadableError: 'micAbsent' };

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
      const source = this.listen();
      await this.context.audioWorklet.addModule('/web/worklet.js');
      await this.connect(language);
      const node = new AudioWorkletNode(this.context, 'pcm', { processorOptions: { block: BLOCK } });
      node.port.onmessage = ({ data }) => this.send(data);
      source.connect(node);
    } catch (error) {
      this.running = false;
      this.release();
      this.handlers.onState(REASONS[error?.name] ?? 'micFailed');
      return;
    }
    this.handlers.onState('speaking');
  }

  // At 16 kHz where the browser brings the microphone there; else the worklet does it.
  listen() {
    for (const options of [{ sampleRate: 16000 }, {}]) {
      this.context = new AudioContext(options);
      try {
        return this.context.createMediaStreamSource(this.stream);
      } catch (error) {
        this.context.close();
        if (error.name !== 'NotSupportedError' || !options.sampleRate) throw error;
      }
    }
    return null;
  }

  connect(language) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.socket = new WebSocket(`${scheme}://${location.host}/ws`);
    this.socket.onmessage = ({ data }) => this.handlers.onMessage(JSON.parse(data));
    return new Promise((done, failed) => {
      let opened = false;
      this.socket.onclose = () => {
        const cut = this.running;
        this.release();
        if (opened) this.handlers.onState(cut ? 'micCut' : 'quiet');
        else failed(new Error('refused'));
      };
      this.socket.onopen = () => {
        opened = true;
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
