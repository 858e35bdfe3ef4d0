// On the audio thread: gathers samples at 16 kHz and hands them over as int16.
import { Resampler } from './resampler.js';

class Pcm extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.size = processorOptions.block;
    this.block = new Int16Array(this.size);
    this.filled = 0;
    this.resampler = new Resampler(sampleRate);
  }

  process([[channel]]) {
    for (const sample of this.resampler.push(channel ?? [])) {
      this.block[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
      if (this.filled === this.size) {
        this.port.postMessage(this.block.buffer, [this.block.buffer]);
        this.block = new Int16Array(this.size);
        this.filled = 0;
      }
    }
    return true;
  }
}
registerProcessor('pcm', Pcm);
