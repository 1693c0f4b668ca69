import { Resampler, toPcm16 } from './resampler.js';

const RATE = 16_000;
/** 40 ms: few messages, and soon enough. */
const FRAME = 640;

/** Hands out what is heard as PCM16 at 16 kHz. */
class MicrophoneProcessor extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, RATE);
  private readonly frame = new Float32Array(FRAME);
  private filled = 0;

  process([input]: Float32Array[][]): boolean {
    const samples = input?.[0];
    if (samples) this.take(this.resampler.push(samples));
    return true;
  }

  private take(samples: Float32Array): void {
    for (const sample of samples) {
      this.frame[this.filled] = sample;
      this.filled += 1;
      if (this.filled < FRAME) continue;
      const pcm = toPcm16(this.frame);
      this.port.postMessage(pcm, [pcm.buffer]);
      this.filled = 0;
    }
  }
}

registerProcessor('microphone', MicrophoneProcessor);
