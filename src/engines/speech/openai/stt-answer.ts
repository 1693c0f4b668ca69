import { errorOfBody, ProtocolError } from '../../openai/provider-failure.js';
import { SseDecoder } from '../../openai/sse-decoder.js';
import { isRecord } from '../../json-record.js';
import type { SttEvent, Transcript, TranscriptSegment } from '../stt.port.js';
import { jsonAnswer } from './whole-answer.js';

/** A whole answer in JSON, verbose or not; anything but the text may be missing. */
export function transcriptOf(text: string): Transcript {
  const body = jsonAnswer(text);
  if (typeof body['text'] !== 'string') throw new ProtocolError('The answer holds no text.');
  const { language, duration, segments, usage } = body;
  const ofUsage = isRecord(usage) && usage['type'] === 'duration' ? usage['seconds'] : undefined;
  return {
    text: body['text'].trim(),
    language: typeof language === 'string' && language !== '' ? language : null,
    durationSeconds: secondsOf(duration) ?? secondsOf(ofUsage) ?? null,
    segments: Array.isArray(segments) ? segments.flatMap(segmentOf) : [],
  };
}

function segmentOf(segment: unknown): TranscriptSegment[] {
  if (!isRecord(segment) || typeof segment['text'] !== 'string') return [];
  const startSeconds = secondsOf(segment['start']);
  const endSeconds = secondsOf(segment['end']);
  if (startSeconds === undefined || endSeconds === undefined) return [];
  return [{ text: segment['text'].trim(), startSeconds, endSeconds }];
}

function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** Reads a streamed transcript (`transcript.text.delta` … `transcript.text.done`). Throws what the provider reports. */
export class TranscriptReader {
  private readonly decoder = new SseDecoder();
  private heard = '';
  private whole: string | undefined;

  push(text: string): SttEvent[] {
    return this.decoder.push(text).flatMap(({ data }) => this.read(data));
  }

  /** After the last byte; undefined where the transcript was cut. */
  end(): SttEvent | undefined {
    for (const { data } of this.decoder.flush()) this.read(data);
    if (this.whole === undefined) return undefined;
    const transcript = { text: this.whole.trim(), language: null, durationSeconds: null, segments: [] };
    return { type: 'final', transcript };
  }

  private read(data: string): SttEvent[] {
    if (data === '[DONE]') return [];
    const event: unknown = JSON.parse(data);
    if (!isRecord(event)) throw new ProtocolError('An event of the transcript is no object.');
    if (isRecord(event['error'])) throw errorOfBody(event['error']);
    if (event['type'] === 'transcript.text.done' && typeof event['text'] === 'string') this.whole = event['text'];
    if (event['type'] !== 'transcript.text.delta' || typeof event['delta'] !== 'string') return [];
    this.heard += event['delta'];
    return [{ type: 'partial', text: this.heard.trimStart() }];
  }
}
