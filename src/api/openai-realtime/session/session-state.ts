import type { ToolDefinition } from '../../../core/domain/chat.js';
import type { Personality } from '../../../core/domain/personality.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import { settingsOf, type VoiceChanges } from '../../../orchestration/voice/voice-settings.js';
import type { AudioFormat } from './audio-format.js';
import { readPart } from './read-part.js';
import { type DetectionDto, type FormatDto, type InputDto, type OutputDto, SessionDto } from './session.dto.js';
import { chatToolChoice, functionsOf, type ToolChoice, toolChoiceOf } from './session-tools.js';

export interface Detection {
  type: 'server_vad' | 'semantic_vad';
  threshold: number;
  prefixMs: number;
  silenceMs: number;
  /** Milliseconds of silence after an answer that the companion breaks itself; null: never. */
  idleMs: number | null;
  eagerness: 'low' | 'medium' | 'high' | 'auto';
  createResponse: boolean;
  interruptResponse: boolean;
}

export interface Transcription {
  model?: string;
  language?: string;
  prompt?: string;
}

/** A session as its client sees it. */
export interface SessionState {
  /** The client's; those of the personality come before them. */
  instructions: string;
  spoken: boolean;
  inputFormat: AudioFormat;
  outputFormat: AudioFormat;
  /** What the client is told of what it said; null: nothing. */
  transcription: Transcription | null;
  noiseReduction: 'near_field' | 'far_field' | null;
  /** Null: push to talk. */
  detection: Detection | null;
  voice: string | null;
  speed: number;
  tools: ToolDefinition[];
  toolChoice: ToolChoice;
  maxTokens: number | null;
  tracing: unknown;
}

const MOST_TOKENS = 100_000;
const MOST_TRACING = 2048;

const refuse = (param: string, message: string) => new CozyError('VALIDATION_FAILED', { param, message });

export function initialSession(personality: Personality): SessionState {
  const { turnDetection, voice, speed, language } = settingsOf(personality);
  const transcription = personality.voice.realtime.input_audio_transcription ?? {};
  const model = transcription['model'];
  return {
    instructions: '',
    spoken: true,
    inputFormat: 'audio/pcm',
    outputFormat: 'audio/pcm',
    transcription: { ...(typeof model === 'string' && { model }), ...(language !== null && { language }) },
    noiseReduction: null,
    detection:
      turnDetection.type === 'none'
        ? null
        : {
            type: turnDetection.type,
            threshold: turnDetection.threshold,
            prefixMs: turnDetection.prefixMs,
            silenceMs: turnDetection.silenceMs,
            idleMs: null,
            eagerness: turnDetection.eagerness,
            createResponse: true,
            interruptResponse: true,
          },
    voice,
    speed,
    tools: [],
    toolChoice: 'auto',
    maxTokens: null,
    tracing: null,
  };
}

/** Reads `session` of a client. Throws VALIDATION_FAILED, its `param` below `session`. */
export const sessionDto = (given: unknown): SessionDto => readPart(given, SessionDto, 'session');

/** What is not given stays as it is. Throws VALIDATION_FAILED, and then nothing has changed. */
export function updatedSession(state: SessionState, dto: SessionDto): SessionState {
  const { instructions, audio, output_modalities: modalities, tools, tool_choice: choice } = dto;
  const next = { ...state, ...inputChanges(state, audio?.input), ...outputChanges(audio?.output) };
  if (typeof instructions === 'string') next.instructions = instructions;
  if (given(modalities)) next.spoken = isSpoken(modalities, 'session.output_modalities');
  if (given(tools)) next.tools = functionsOf(tools, 'session.tools');
  if (given(choice)) next.toolChoice = toolChoiceOf(choice, 'session.tool_choice');
  if (given(dto.max_output_tokens)) next.maxTokens = tokensOf(dto.max_output_tokens, 'session.max_output_tokens');
  if (dto.tracing !== undefined) next.tracing = tracingOf(dto.tracing);
  return next;
}

/** What the call is told of it; `own` is what the personality says itself, which comes first. */
export function voiceChanges(state: SessionState, own: string | null, extra: readonly string[]): VoiceChanges {
  const { detection, spoken, voice, speed, tools, toolChoice, maxTokens, transcription } = state;
  const texts = [own, state.instructions, ...extra].filter((text) => text !== null && text !== '');
  return {
    turnDetection: detection
      ? {
          type: detection.type,
          threshold: detection.threshold,
          prefixMs: detection.prefixMs,
          silenceMs: detection.silenceMs,
          eagerness: detection.eagerness,
        }
      : { type: 'none' },
    respond: detection?.createResponse ?? false,
    interruptible: detection?.interruptResponse ?? false,
    spoken,
    voice,
    speed,
    instructions: texts.length > 0 ? texts.join('\n\n') : null,
    language: transcription?.language?.split('-')[0] ?? null,
    tools,
    toolChoice: chatToolChoice(toolChoice),
    maxTokens,
  };
}

const given = (value: unknown): boolean => value !== undefined && value !== null;

/** A format without its type is the one that there is. */
const formatChange = (name: 'inputFormat' | 'outputFormat', format: FormatDto | null | undefined) =>
  format?.type ? { [name]: format.type } : {};

function inputChanges(state: SessionState, input: InputDto | null | undefined): Partial<SessionState> {
  if (!input) return {};
  const { format, transcription, noise_reduction: noise, turn_detection: detection } = input;
  return {
    ...formatChange('inputFormat', format),
    ...(transcription !== undefined && { transcription: transcription && transcriptionOf(transcription) }),
    ...(noise !== undefined && { noiseReduction: noise?.type ?? null }),
    ...(detection !== undefined && { detection: detection && detectionOf(state.detection, detection) }),
  };
}

function outputChanges(output: OutputDto | null | undefined): Partial<SessionState> {
  const { format, voice, speed } = output ?? {};
  return {
    ...formatChange('outputFormat', format),
    ...(given(voice) && { voice: voiceOf(voice, 'session.audio.output.voice') }),
    ...(given(speed) && { speed: speed ?? 1 }),
  };
}

function transcriptionOf({ model, language, prompt }: NonNullable<InputDto['transcription']>): Transcription {
  return { ...(model && { model }), ...(language && { language }), ...(prompt && { prompt }) };
}

const STANDARD: Omit<Detection, 'type'> = {
  threshold: 0.5,
  prefixMs: 300,
  silenceMs: 500,
  idleMs: null,
  eagerness: 'auto',
  createResponse: true,
  interruptResponse: true,
};

/** Of another kind of detection nothing is taken over. */
function detectionOf(before: Detection | null, dto: DetectionDto): Detection {
  const { type, idle_timeout_ms: idleMs } = dto;
  const said = {
    threshold: dto.threshold,
    prefixMs: dto.prefix_padding_ms,
    silenceMs: dto.silence_duration_ms,
    eagerness: dto.eagerness,
    createResponse: flag(dto.create_response, 'create_response'),
    interruptResponse: flag(dto.interrupt_response, 'interrupt_response'),
  };
  const changes = Object.fromEntries(Object.entries(said).filter(([, value]) => given(value)));
  const base = before?.type === type ? before : STANDARD;
  return { ...base, ...changes, ...(idleMs !== undefined && { idleMs }), type };
}

function flag(value: unknown, name: string): boolean | undefined {
  if (!given(value)) return undefined;
  if (typeof value === 'boolean') return value;
  const param = `session.audio.input.turn_detection.${name}`;
  throw refuse(param, `${param} must be true or false.`);
}

export function isSpoken(modalities: unknown, param: string): boolean {
  const known: readonly unknown[] = ['text', 'audio'];
  const isList = Array.isArray(modalities) && modalities.length > 0 && modalities.length <= 2;
  if (isList && modalities.every((modality) => known.includes(modality))) return modalities.includes('audio');
  throw refuse(param, `${param} must be ["audio"] or ["text"].`);
}

export function tokensOf(value: unknown, param: string): number | null {
  if (value === 'inf') return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_TOKENS) return value;
  throw refuse(param, `${param} must be "inf" or a whole number from 1 to ${MOST_TOKENS}.`);
}

export function voiceOf(value: unknown, param: string): string {
  const name: unknown = typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
  if (typeof name === 'string' && name !== '' && name.length <= 64) return name;
  throw refuse(param, `${param} must be the name of a voice, 64 characters at most.`);
}

/** Nobody traces here; it is kept because clients ask for it back. */
function tracingOf(value: unknown): unknown {
  if (JSON.stringify(value).length > MOST_TRACING) throw refuse('session.tracing', 'session.tracing is too long.');
  return value;
}
