/** Milliseconds, and a likelihood. */
export interface EndpointingSettings {
  threshold: number;
  /** Of silence, after which somebody has finished. */
  silenceMs: number;
  /** Of speech, before it counts as such. */
  minimumMs: number;
}

/** What dictation goes by. */
export const DICTATION: EndpointingSettings = { threshold: 0.5, silenceMs: 600, minimumMs: 100 };

/** Finds where speech begins and ends in the likelihoods of frames of one length. Holds no sound and no clock. */
export class Endpointing {
  private speechMs = 0;
  private silenceMs = 0;
  private speaking = false;

  constructor(
    private readonly settings: EndpointingSettings,
    private readonly frameMs: number,
  ) {}

  get isSpeaking(): boolean {
    return this.speaking;
  }

  next(probability: number): 'started' | 'stopped' | undefined {
    if (probability >= this.settings.threshold) {
      this.speechMs += this.frameMs;
      this.silenceMs = 0;
    } else {
      this.silenceMs += this.frameMs;
      if (!this.speaking) this.speechMs = 0;
    }
    if (!this.speaking && this.speechMs >= this.settings.minimumMs) {
      this.speaking = true;
      return 'started';
    }
    if (!this.speaking || this.silenceMs < this.settings.silenceMs) return undefined;
    this.reset();
    return 'stopped';
  }

  reset(): void {
    this.speaking = false;
    this.speechMs = 0;
    this.silenceMs = 0;
  }
}
