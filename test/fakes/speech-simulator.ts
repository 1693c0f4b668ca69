import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { errorBody, type ProviderFault, sseFrame } from './provider-script.js';
import { type HearingScript, secondsOf, soundOf, type SpeakingScript, wordsIn } from './speech-script.js';

export interface UploadedFile {
  name: string;
  type: string;
  bytes: Buffer;
}

type Fields = Record<string, unknown>;
type SendFault = (response: ServerResponse, fault: ProviderFault) => void;

const IN_STREAM = [
  'hang-after-headers',
  'hang-mid-stream',
  'cut-mid-stream',
  'no-finish',
  'garbage-chunk',
  'error-chunk',
];

/**
 * The speech of a provider, in OpenAI's protocol: POST /v1/audio/transcriptions (JSON, verbose JSON, streamed) and
 * POST /v1/audio/speech. Part of `startProviderSimulator`:
 *
 * ```ts
 * provider.speech.hear({ text: 'Good morning.' });                           // the next transcription
 * provider.speech.say({ fault: { kind: 'cut-mid-stream' } });                // the next text spoken
 * const samples = audioSaying('What time is it?');                           // or: audio that says what it holds
 * ```
 *
 * As OpenAI: `whisper-1` alone gives segments (`verbose_json`) and never streams. `failRoute('/audio/speech', fault)`
 * makes a route fail until it is called without a fault.
 */
export class SpeechSimulator {
  private hearings: HearingScript[] = [];
  private sayings: SpeakingScript[] = [];

  constructor(
    private readonly sendFault: SendFault,
    private readonly closing: AbortSignal,
  ) {}

  /** Queues answers, one a transcription. */
  hear(...scripts: HearingScript[]): void {
    this.hearings.push(...scripts);
  }

  /** Queues manners of speaking, one a text. */
  say(...scripts: SpeakingScript[]): void {
    this.sayings.push(...scripts);
  }

  reset(): void {
    this.hearings = [];
    this.sayings = [];
  }

  async transcribe(fields: Fields, file: UploadedFile | undefined, response: ServerResponse): Promise<void> {
    const script = this.hearings.shift() ?? {};
    const isWhisper = String(fields['model']).startsWith('whisper');
    const isVerbose = fields['response_format'] === 'verbose_json';
    if (file === undefined || (isVerbose && !isWhisper)) return this.refuse(response);
    if (isAtOnce(script.fault)) return this.sendFault(response, script.fault);
    await this.pause(script.delayMs, response);
    const answer = transcriptOf(file.bytes, script);
    if (fields['stream'] === 'true' && !isWhisper) return this.stream(answer.text, script, response);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (script.fault !== undefined) return breakOff(script.fault, response, '{"text": "I he');
    const { text, usage } = answer;
    response.end(JSON.stringify(isVerbose ? answer : { text, usage }));
  }

  async speak(fields: Fields, response: ServerResponse): Promise<void> {
    const script = this.sayings.shift() ?? {};
    const { input, voice, response_format: format, speed = 1 } = fields;
    if (typeof input !== 'string' || typeof voice !== 'string') return this.refuse(response);
    if (isAtOnce(script.fault)) return this.sendFault(response, script.fault);
    await this.pause(script.delayMs, response);
    const { type, bytes } = soundOf(input, typeof format === 'string' ? format : 'mp3', Number(speed));
    response.writeHead(200, { 'content-type': type });
    const pieces = piecesOf(bytes, script.pieceBytes ?? 4800);
    await this.write(pieces, script.pieceDelayMs, script.fault, response);
  }

  private async stream(text: string, { wordDelayMs, fault }: HearingScript, response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const words = text.match(/\s*\S+/g) ?? [];
    const deltas = words.map((delta) => sseFrame({ type: 'transcript.text.delta', delta }));
    const done = sseFrame({ type: 'transcript.text.done', text });
    await this.write([...deltas, done], wordDelayMs, fault, response);
  }

  /** All of it, or half of it and then the fault. */
  private async write(
    pieces: readonly Buffer[],
    pauseMs: number | undefined,
    fault: ProviderFault | undefined,
    response: ServerResponse,
  ): Promise<void> {
    response.flushHeaders();
    if (fault?.kind === 'hang-after-headers') return;
    for (const piece of fault === undefined ? pieces : pieces.slice(0, pieces.length / 2)) {
      if (response.destroyed) return;
      response.write(piece);
      await this.pause(pauseMs, response);
    }
    if (fault === undefined) response.end();
    else breakOff(fault, response);
  }

  private refuse(response: ServerResponse): void {
    this.sendFault(response, { kind: 'status', status: 400, code: 'invalid_request_error' });
  }

  private async pause(ms: number | undefined, response: ServerResponse): Promise<void> {
    if (ms === undefined || ms === 0 || response.destroyed) return;
    await delay(ms, undefined, { signal: this.closing });
  }
}

/** The fields and the file of an upload. */
export async function readUpload(
  body: Buffer,
  headers: IncomingMessage['headers'],
): Promise<{ fields: Fields; file: UploadedFile | undefined }> {
  const form = await new Response(body, { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
  const fields: Fields = {};
  let file: UploadedFile | undefined;
  for (const [name, value] of form.entries()) {
    if (typeof value === 'string') fields[name] = value;
    else file = { name: value.name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) };
  }
  return { fields, file };
}

function segmentsOf(text: string, seconds: number) {
  const sentences = text.match(/[^.!?]+[.!?]*\s*/g) ?? [];
  const each = seconds / Math.max(sentences.length, 1);
  return sentences.map((sentence, id) => ({ id, start: id * each, end: (id + 1) * each, text: sentence }));
}

function piecesOf(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

const isAtOnce = (fault: ProviderFault | undefined): fault is ProviderFault =>
  fault !== undefined && !IN_STREAM.includes(fault.kind);

function transcriptOf(audio: Buffer, script: HearingScript) {
  const duration = secondsOf(audio);
  const text = script.text ?? wordsIn(audio) ?? `I heard ${Math.round(duration * 1000)} ms.`;
  const segments = script.segments === false ? [] : segmentsOf(text, duration);
  const usage = { type: 'duration', seconds: Math.ceil(duration) };
  return { task: 'transcribe', language: 'english', duration, text, segments, usage };
}

/** How an answer that has begun goes wrong; a hanging one is left as it is. */
function breakOff(fault: ProviderFault, response: ServerResponse, begun = '\n'): void {
  if (fault.kind === 'no-finish') response.end();
  if (fault.kind === 'garbage-chunk') response.end('data: {"type": "transcr\n\n');
  if (fault.kind === 'error-chunk') response.end(sseFrame({ type: 'error', ...errorBody(fault.code) }));
  // What was written must leave before the socket dies: the client has to see the middle of an answer.
  if (fault.kind === 'cut-mid-stream') response.write(begun, () => response.destroy());
}
