import { wav } from '../setup/sound.js';
import { createHash } from 'node:crypto';
import type { ProviderFault } from './provider-script.js';

/** How one transcription is answered. */
export interface HearingScript {
  /** What was said; where absent, what `audioSaying` has put into the audio, else how long the audio is. */
  text?: string;
  /** With a verbose answer: one segment a sentence, unless false. */
  segments?: boolean;
  /** Milliseconds before the answer, and between the words of a streamed one. */
  delayMs?: number;
  wordDelayMs?: number;
  /** Those of a stream happen after half of its words. */
  fault?: ProviderFault;
}

/** How one text is spoken. */
export interface SpeakingScript {
  /** Milliseconds before the first piece, and between pieces. */
  delayMs?: number;
  pieceDelayMs?: number;
  /** Bytes of one piece. */
  pieceBytes?: number;
  /** `hang-mid-stream` and `cut-mid-stream` happen after half of the pieces. */
  fault?: ProviderFault;
}

const RATE = 24_000;
/** How much sound a character makes. */
const MS_PER_CHARACTER = 20;
const MARK = 'SAYS:';

/**
 * Sound that the simulator understands: a tone whose first samples hold the words as plain bytes. They survive WAV and
 * raw PCM, not Opus.
 */
export function audioSaying(text: string, milliseconds = 500, sampleRate = 16_000): Int16Array {
  const words = Buffer.from(
    `${MARK}${text}\0`.padEnd(Math.ceil((MARK.length + Buffer.byteLength(text) + 1) / 2) * 2, '\0'),
  );
  const samples = tone(Math.max((milliseconds * sampleRate) / 1000, words.length / 2), sampleRate);
  new Uint8Array(samples.buffer).set(words.subarray(0, samples.byteLength));
  return samples;
}

/** A quiet 440 Hz tone. */
export function tone(length: number, sampleRate: number): Int16Array {
  const step = (2 * Math.PI * 440) / sampleRate;
  return Int16Array.from({ length: Math.ceil(length) }, (_, at) => Math.round(3000 * Math.sin(step * at)));
}

/** Seconds of a WAV file as `wav` makes them; of anything else, a guess. */
export function secondsOf(audio: Buffer): number {
  const isWav = audio.subarray(0, 4).toString('latin1') === 'RIFF' && audio.length > 44;
  return isWav ? (audio.length - 44) / Math.max(audio.readUInt32LE(28), 1) : audio.length / 16_000;
}

/** What the audio says of itself. */
export function wordsIn(audio: Buffer): string | undefined {
  const at = audio.indexOf(MARK);
  if (at === -1) return undefined;
  const end = audio.indexOf(0, at);
  return audio.subarray(at + MARK.length, end === -1 ? audio.length : end).toString('utf8');
}

const MP3 = { type: 'audio/mpeg', bytes: Buffer.from('ID3\x04\x00\x00\x00\x00\x00\x00', 'latin1') };
const MAGIC: Record<string, { type: string; bytes: Buffer }> = {
  opus: { type: 'audio/ogg', bytes: Buffer.from(`OggS${'\0'.repeat(24)}OpusHead`, 'latin1') },
  aac: { type: 'audio/aac', bytes: Buffer.from([0xff, 0xf1, 0x50, 0x80]) },
  flac: { type: 'audio/flac', bytes: Buffer.from('fLaC', 'latin1') },
};

/** The sound of a text: the same for the same request, longer for longer texts. */
export function soundOf(text: string, format: string, speed: number): { type: string; bytes: Buffer } {
  const samples = tone((text.length * MS_PER_CHARACTER * RATE) / 1000 / speed, RATE);
  const raw = Buffer.from(samples.buffer);
  if (format === 'pcm') return { type: 'audio/pcm', bytes: raw };
  if (format === 'wav') return { type: 'audio/wav', bytes: wav(samples, RATE) };
  const { type, bytes } = MAGIC[format] ?? MP3;
  const body = createHash('sha256').update(text).digest();
  return { type, bytes: Buffer.concat([bytes, Buffer.alloc(Math.ceil(raw.length / 12), body)]) };
}
