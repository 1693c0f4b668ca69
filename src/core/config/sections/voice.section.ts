import { IsInt, Max, Min } from 'class-validator';

/** `config/voice.yaml`: what calls may take. */
export class VoiceSection {
  /** Calls that one user may have open: on all instances together where there is Redis, else on this one. */
  @IsInt() @Min(1) @Max(1000) max_calls_per_user = 3;
  /** People in one call, who began it among them. */
  @IsInt() @Min(1) @Max(8) max_participants = 8;
  /** How long nobody may say anything. */
  @IsInt() @Min(1000) @Max(3_600_000) idle_timeout_ms = 120_000;
  @IsInt() @Min(1000) @Max(86_400_000) max_call_ms = 3_600_000;
  /** How long a lost client may take to come back. */
  @IsInt() @Min(0) @Max(600_000) resume_ms = 30_000;
  /** Speech over the companion without words for so long was a false interruption, and the companion goes on. */
  @IsInt() @Min(100) @Max(60_000) false_interruption_ms = 2000;
  /** Longer utterances are taken in pieces. */
  @IsInt() @Min(1000) @Max(300_000) max_utterance_ms = 60_000;
}
