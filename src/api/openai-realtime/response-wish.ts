import { CozyError } from '../../core/errors/cozy.error.js';
import type { VoiceChanges } from '../../orchestration/voice/voice-settings.js';
import { ResponseWishDto } from './client-event.dto.js';
import type { NextResponse } from './realtime-call.js';
import { readPart } from './session/read-part.js';
import { isSpoken, tokensOf, voiceOf } from './session/session-state.js';
import { chatToolChoice, functionsOf, toolChoiceOf } from './session/session-tools.js';

export interface ResponseWish {
  instructions: string | undefined;
  /** What differs from the session, for this answer alone. */
  settings: VoiceChanges;
  next: NextResponse;
}

const MOST_METADATA = 16;

const refuse = (param: string, message: string) => new CozyError('VALIDATION_FAILED', { param, message });
const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** Reads `response` of `response.create` in a conversation of this id. Throws VALIDATION_FAILED. */
export function responseWish(given: Record<string, unknown>, conversationId: string): ResponseWish {
  const dto = readPart(given, ResponseWishDto, 'response');
  if (![undefined, null, 'auto', conversationId].includes(dto.conversation)) throw outside('response.conversation');
  if (isGiven(dto.input)) throw outside('response.input');
  const changes = Object.entries(READERS).flatMap(([name, read]) => {
    const value = dto[name as keyof typeof READERS];
    return isGiven(value) ? [read(value, `response.${name}`)] : [];
  });
  const settings: VoiceChanges = Object.assign({}, ...changes);
  const { spoken, maxTokens } = settings;
  const metadata = dto.metadata ? metadataOf(dto.metadata) : undefined;
  return { instructions: dto.instructions ?? undefined, settings, next: { spoken, maxTokens, metadata } };
}

const READERS = {
  output_modalities: (value: unknown, param: string): VoiceChanges => ({ spoken: isSpoken(value, param) }),
  max_output_tokens: (value: unknown, param: string): VoiceChanges => ({ maxTokens: tokensOf(value, param) }),
  tools: (value: unknown, param: string): VoiceChanges => ({ tools: functionsOf(value, param) }),
  tool_choice: (value: unknown, param: string): VoiceChanges => ({
    toolChoice: chatToolChoice(toolChoiceOf(value, param)),
  }),
  audio: (value: unknown, param: string): VoiceChanges => {
    const voice = voiceIn(value as Record<string, unknown>);
    return isGiven(voice) ? { voice: voiceOf(voice, `${param}.output.voice`) } : {};
  },
};

const outside = (param: string) =>
  refuse(param, `${param}: answers outside of the conversation are not given in calls. Use /v1/chat/completions.`);

function voiceIn({ output }: Record<string, unknown>): unknown {
  return typeof output === 'object' && output !== null && 'voice' in output ? output.voice : undefined;
}

function metadataOf(given: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(given);
  const fits = entries.every(([key, value]) => key.length <= 64 && typeof value === 'string' && value.length <= 512);
  if (fits && entries.length <= MOST_METADATA) return given as Record<string, string>;
  throw refuse('response.metadata', `response.metadata may hold ${MOST_METADATA} texts of up to 512 characters.`);
}
