import { IsInt, Max, Min } from 'class-validator';

/** `config/context.yaml`: what a model is given to read. */
export class ContextSection {
  /** How many of a session's last messages the model is given at most. */
  @IsInt() @Min(1) @Max(1000) recent_messages = 60;

  /** Tokens kept free for the answer when the request sets no limit. */
  @IsInt() @Min(16) @Max(1_000_000) answer_reserve_tokens = 2048;
}
