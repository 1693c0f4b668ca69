import { Choice, Text } from '../dto/field.decorator.js';

/** The query of a dictation's address. */
export class DictationDto {
  @Text({ max: 128, optional: true }) model?: string | null;
  @Text({ max: 16, pattern: /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?$/, optional: true }) language?: string | null;
  @Text({ max: 4096, optional: true }) prompt?: string | null;
  @Text({ max: 64, optional: true }) personality_id?: string | null;
  @Choice(['16000'], { optional: true }) sample_rate?: string | null;
  @Choice(['server_vad', 'none'], { optional: true }) turn_detection?: 'server_vad' | 'none' | null;
}
