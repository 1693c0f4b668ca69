import type { VoiceChanges } from './voice-settings.js';

/** What a client tells its call. Gateways have parsed and bounded it. `speakerId` is who of several does; else it is of all. */
export type VoiceSignal =
  /**
   * Answered at once, where `respond` says nothing else (the call's own setting where absent). With a `callId` it is what
   * the client's function has come to.
   */
  | { type: 'text.send'; text: string; respond?: boolean; speakerId?: string; callId?: string }
  /** Push to talk: what was said since the last commit is an utterance. */
  | { type: 'audio.commit'; speakerId?: string }
  | { type: 'audio.clear'; speakerId?: string }
  /** Answers what was said and not yet answered. `instructions` and `settings` are for this answer alone. */
  | { type: 'response.create'; instructions?: string; settings?: VoiceChanges; unasked?: boolean }
  /** Of the turn named, or of whichever runs. `heardMs`: how much of it the client has played, where it knows. */
  | { type: 'response.cancel'; turnId?: string; heardMs?: number }
  | { type: 'call.update'; settings: VoiceChanges }
  | { type: 'call.end' };
