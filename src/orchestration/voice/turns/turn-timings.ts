/** Milestones of a turn, in their order. */
export const VOICE_STAGES = [
  'speech_end',
  'transcript_final',
  'llm_first_token',
  'tts_first_byte',
  'first_audio_out',
  'done',
] as const;
export type VoiceStage = (typeof VOICE_STAGES)[number];

/** Milliseconds since the speech ended (since the text came, in a typed turn); null for what did not happen. */
export type VoiceTimings = Record<VoiceStage, number | null>;

/** Notes when a turn passed its milestones; the first time counts. */
export class TurnTimings {
  private readonly at = new Map<VoiceStage, number>();

  /** @param origin what the others are counted from. */
  constructor(private readonly origin: number) {}

  note(stage: VoiceStage, at: number): void {
    if (!this.at.has(stage)) this.at.set(stage, at);
  }

  get timings(): VoiceTimings {
    const since = (stage: VoiceStage) => {
      const at = this.at.get(stage);
      return [stage, at === undefined ? null : Math.round(at - this.origin)] as const;
    };
    return Object.fromEntries(VOICE_STAGES.map(since)) as VoiceTimings;
  }
}
