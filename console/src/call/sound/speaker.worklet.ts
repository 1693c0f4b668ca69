import { PlaybackQueue } from './playback-queue.js';

/** 60 ms, as far ahead as the server sends. */
const AHEAD_SECONDS = 0.06;

/** Plays PCM16 at the context's own rate; a message without samples silences it at once. */
class SpeakerProcessor extends AudioWorkletProcessor {
  private readonly queue = new PlaybackQueue(sampleRate * AHEAD_SECONDS);

  constructor() {
    super();
    this.port.addEventListener('message', ({ data }: MessageEvent<Int16Array | null>) => {
      if (data) this.queue.push(data);
      else this.queue.clear();
    });
    this.port.start();
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    const channel = output?.[0];
    if (channel) this.queue.pull(channel);
    return true;
  }
}

registerProcessor('speaker', SpeakerProcessor);
