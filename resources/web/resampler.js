// Brings sound to 16 kHz where the browser cannot (Firefox hears a microphone at its own rate only).
const RATE = 16000;
const REACH = 12; // output samples that each side of the filter reaches

export class Resampler {
  constructor(rate) {
    this.step = rate / RATE;
    this.cut = 0.94 / Math.max(1, this.step); // of the input's half rate; what lies above would fold
    this.reach = Math.ceil(REACH * Math.max(1, this.step));
    this.kept = new Float32Array(2 * this.reach); // silence before the first sample
    this.at = this.reach; // where the next output lies in `kept`, in input samples
  }

  // The output samples that `input` completes.
  push(input) {
    if (this.step === 1) return input;
    const all = new Float32Array(this.kept.length + input.length);
    all.set(this.kept);
    all.set(input, this.kept.length);
    const out = [];
    for (; this.at + this.reach < all.length; this.at += this.step) out.push(this.sum(all, this.at));
    const gone = Math.max(0, Math.floor(this.at) - this.reach);
    this.kept = all.slice(gone);
    this.at -= gone;
    return out;
  }

  // A low-pass (sinc under a Hann window) laid over the input around `at`.
  sum(samples, at) {
    let total = 0;
    for (let n = Math.ceil(at - this.reach); n <= at + this.reach; n++) {
      const far = n - at;
      const x = Math.PI * far * this.cut;
      const sinc = Math.abs(x) < 1e-9 ? 1 : Math.sin(x) / x;
      total += (samples[n] ?? 0) * sinc * (0.5 + 0.5 * Math.cos(Math.PI * far / this.reach));
    }
    return total * this.cut;
  }
}
