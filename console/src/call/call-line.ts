import type { Transport } from './call-state.js';

/** How loud both sides are at this moment, between 0 and 1. */
export interface Levels {
  mine: number;
  theirs: number;
}

export const SILENCE: Levels = { mine: 0, theirs: 0 };

/** What carries the sound of a call, both ways. */
export interface CallLine {
  readonly transport: Transport;
  /** Whether sound can pass, as far as it does not go over the socket itself. */
  readonly connected: boolean;
  levels(): Levels;
  /** Speaks through another microphone; the old one is the caller's to stop. */
  useMicrophone(track: MediaStreamTrack): Promise<void>;
  /** The browser's own choice where empty. */
  useSpeaker(deviceId: string): Promise<void>;
  /** Idempotent. */
  close(): void;
}

/** Newer browsers let a page choose where its sound comes out; TypeScript's libraries do not know it of all. */
interface Routable {
  setSinkId?: (deviceId: string) => Promise<void>;
}

export async function routeTo(output: object, deviceId: string): Promise<void> {
  const { setSinkId } = output as Routable;
  if (setSinkId) await setSinkId.call(output, deviceId);
}

export const canChooseSpeaker = (): boolean => 'setSinkId' in HTMLAudioElement.prototype;
