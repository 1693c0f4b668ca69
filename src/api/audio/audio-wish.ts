import { CozyError } from '../../core/errors/cozy.error.js';
import type { HearingWish, SpeakingWish } from '../../orchestration/speech/speech.service.js';
import type { SpeechDto, TranscriptionDto } from './audio.dto.js';
import { isTimed } from './transcript-body.js';

/** Null counts as not given. */
export function hearingWish(dto: TranscriptionDto): HearingWish {
  const format = dto.response_format ?? 'json';
  if (dto.stream === true && format !== 'json' && format !== 'text') {
    throw new CozyError('VALIDATION_FAILED', {
      message: `response_format ${format} cannot be streamed. Ask for json.`,
      param: 'response_format',
    });
  }
  return {
    model: dto.model ?? undefined,
    // Regions make no difference to what is heard.
    language: dto.language?.split('-')[0],
    prompt: dto.prompt ?? undefined,
    temperature: dto.temperature ?? undefined,
    timed: isTimed(format),
    personalityId: dto.personality_id ?? undefined,
  };
}

export function speakingWish(dto: SpeechDto): SpeakingWish {
  const text = dto.input ?? dto.text ?? '';
  if (text.trim() === '') {
    throw new CozyError('VALIDATION_FAILED', { message: 'input must be given: the text to say.', param: 'input' });
  }
  return {
    text,
    format: dto.response_format ?? undefined,
    model: dto.model ?? undefined,
    voice: dto.voice ?? undefined,
    speed: dto.speed ?? undefined,
    instructions: dto.instructions ?? undefined,
    personalityId: dto.personality_id ?? undefined,
  };
}
