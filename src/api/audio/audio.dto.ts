import { ApiProperty } from '../docs/document.decorator.js';
import { boundedBody } from '../http/json-body.js';
import { registerConverter } from '../dto/converters.js';
import { Choice, Decimal, Flag, Integer, Text } from '../dto/field.decorator.js';
import { TRANSCRIPT_FORMATS, type TranscriptFormat } from './transcript-body.js';

export const SPEECH_FORMATS = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const;
export type SpeechFormat = (typeof SPEECH_FORMATS)[number];

const LANGUAGE = /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?$/;

/** The fields of a form, which all arrive as text. Empty ones count as not given. */
export class TranscriptionDto {
  @ApiProperty({ type: 'string', format: 'binary', required: true }) file?: unknown;
  @Text({ max: 128, optional: true, example: 'whisper-1' }) model?: string | null;
  @Text({ max: 16, optional: true, pattern: LANGUAGE, patternMessage: 'must be a language, such as en', example: 'en' })
  language?: string | null;
  @Text({ max: 4096, optional: true }) prompt?: string | null;
  @Choice(TRANSCRIPT_FORMATS, { optional: true }) response_format?: TranscriptFormat | null;
  @Decimal({ min: 0, max: 1, optional: true }) temperature?: number | null;
  @Flag({ optional: true, description: 'Answers in server-sent events: transcript.text.delta, transcript.text.done.' })
  stream?: boolean | null;
  @Text({ max: 64, optional: true, description: "Whose voice settings stand in for what isn't given." })
  personality_id?: string | null;
  @Integer({ min: 8000, max: 192_000, optional: true, description: 'Of raw PCM16, in hertz; 16000 where not given.' })
  sample_rate?: number | null;
}

const unlessEmpty = (value: unknown) => (value === '' ? null : boundedBody(value));
for (const field of ['model', 'language', 'prompt', 'response_format', 'personality_id']) {
  registerConverter(TranscriptionDto.prototype, field, unlessEmpty);
}
for (const field of ['temperature', 'sample_rate']) {
  registerConverter(TranscriptionDto.prototype, field, (value) =>
    typeof value === 'string' ? (value.trim() === '' ? null : Number(value)) : value,
  );
}
registerConverter(TranscriptionDto.prototype, 'stream', (value) =>
  typeof value === 'string' ? ({ true: true, '1': true, false: false, '0': false, '': null }[value] ?? value) : value,
);

export class SpeechDto {
  @Text({ max: 4096, optional: true, description: 'What is to be said; required.', example: 'Good morning!' })
  input?: string | null;
  @Text({ max: 4096, optional: true, description: 'Another name of input.' }) text?: string | null;
  @Text({ max: 128, optional: true, example: 'tts-1' }) model?: string | null;
  @Text({ max: 64, optional: true, example: 'alloy' }) voice?: string | null;
  @Choice(SPEECH_FORMATS, { optional: true }) response_format?: SpeechFormat | null;
  @Decimal({ min: 0.25, max: 4, optional: true }) speed?: number | null;
  @Choice(['audio', 'sse'], { optional: true }) stream_format?: 'audio' | 'sse' | null;
  @Text({ max: 4096, optional: true }) instructions?: string | null;
  @Text({ max: 64, optional: true, description: "Whose voice settings stand in for what isn't given." })
  personality_id?: string | null;
}

/** OpenAI's own voices may also be named as `{id}`. */
registerConverter(SpeechDto.prototype, 'voice', (value) =>
  typeof value === 'object' && value !== null && 'id' in value ? value.id : value,
);
