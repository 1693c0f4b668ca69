import type { VoiceChanges } from './voice-settings.js';

/** What a client tells its call. Gateways have parsed and bounded it. `speakerId` is who of several does; else it is of all. */
export type VoiceSignal =
  /** Answered at once, where `respond` says nothing else (the call's own setting where absent). */
  | { type: 'text.send'; text: string; respond?: boolean; speakerId?: string }
  /** Push to talk: what was said since the last commit is an utterance. */
  | { type: 'audio.commit'; speakerId?: string }
  | { type: 'audio.clear'; speakerId?: string }
  /** Answers what was said and not yet answered. `instructions` are for this answer alone. */
  | { type: 'response.create'; instructions?: string }
  /** Of the turn named, or of whichever runs. */
  | { type: 'response.cancel'; turnId?: string }
  | { type: 'call.update'; settings: VoiceChanges }
  | { type: 'call.end' };
