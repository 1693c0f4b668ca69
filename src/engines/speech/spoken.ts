import { HEARD_RATE, type PcmFrame } from '../../core/domain/audio.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { wavOf } from '../../core/util/wav.js';
import type { SttRecording } from './stt.port.js';

/** As much as providers take in one file. */
const MOST_BYTES = 25_000_000;

/** All frames of an utterance, when it has ended. Throws the signal's reason, and does not wait for silent speakers. */
export async function framesOf(speech: AsyncIterable<PcmFrame>, signal: AbortSignal): Promise<PcmFrame[]> {
  const frames: PcmFrame[] = [];
  let bytes = 0;
  const reading = (async () => {
    for await (const frame of speech) {
      if (signal.aborted) return;
      bytes += frame.samples.byteLength;
      if (bytes > MOST_BYTES) throw new CozyError('VALIDATION_BODY_TOO_LARGE', { message: 'The speech is too long.' });
      frames.push(frame);
    }
  })();
  await untilAborted(reading, signal);
  return frames;
}

/** An utterance as a file. */
export async function recordingOf(speech: AsyncIterable<PcmFrame>, signal: AbortSignal): Promise<SttRecording> {
  const frames = await framesOf(speech, signal);
  const sampleRate = frames[0]?.sampleRate ?? HEARD_RATE;
  const samples = frames.map((frame) => frame.samples);
  return { bytes: wavOf(samples, sampleRate), format: 'wav' };
}

/** Seconds of sound. */
export const secondsIn = (frames: readonly PcmFrame[]): number =>
  frames.reduce((sum, { samples, sampleRate }) => sum + samples.length / sampleRate, 0);

async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
