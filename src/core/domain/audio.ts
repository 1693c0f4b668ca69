/** Speech on its way: mono PCM16. */
export interface PcmFrame {
  samples: Int16Array;
  /** Hertz. */
  sampleRate: number;
  /** Which person of a room said it; absent where there is but one. */
  speakerId?: string;
}

/** What callers are heard at, by voice activity detection and by speech to text. Hertz. */
export const HEARD_RATE = 16_000;
/** What the companion speaks at. Hertz. */
export const SPOKEN_RATE = 24_000;
/** Length of the frames that leave for a caller and come from one. */
export const FRAME_MS = 20;
