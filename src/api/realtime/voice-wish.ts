import type { CallOptions } from '../../orchestration/voice/voice-call.service.js';
import type { VoiceChanges } from '../../orchestration/voice/voice-settings.js';
import type { JoinOptions } from '../../orchestration/voice/voice-room.service.js';
import type { CallJoinDto, CallStartDto, CallUpdateDto, TurnDetectionDto } from './voice.dto.js';

/** Null counts as not given. */
export function callOptions(dto: CallStartDto): CallOptions {
  return {
    transport: dto.transport,
    settings: callChanges(dto),
    ...given({
      sessionId: dto.session_id,
      personalityId: dto.personality_id,
      model: dto.model,
      inputRate: dto.input_format?.sample_rate,
    }),
  };
}

export const joinOptions = ({ transport, invitation, input_format }: CallJoinDto): JoinOptions => ({
  transport,
  ...given({ invitation, inputRate: input_format?.sample_rate }),
});

export function callChanges(dto: CallUpdateDto): VoiceChanges {
  const { turn_detection: detection, voice, speed, instructions, language, respond, interruptible, spoken } = dto;
  return given({
    turnDetection: detection ? detectionChanges(detection) : undefined,
    voice,
    speed,
    instructions,
    // Regions make no difference to what is heard.
    language: language?.split('-')[0],
    respond,
    interruptible,
    spoken,
  });
}

const detectionChanges = (dto: TurnDetectionDto) =>
  given({
    type: dto.type,
    threshold: dto.threshold,
    prefixMs: dto.prefix_padding_ms,
    silenceMs: dto.silence_duration_ms,
    eagerness: dto.eagerness,
  });

type Given<Fields> = { [Name in keyof Fields]?: NonNullable<Fields[Name]> };

const given = <Fields extends object>(fields: Fields): Given<Fields> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as Given<Fields>;
