import type { Transport } from './call-state.js';

/** What a caller has chosen on this browser. */
export interface CallSettings {
  transport: 'auto' | Transport;
  /** The browser's own choice where empty. */
  microphoneId: string;
  speakerId: string;
}

export const STANDARD: CallSettings = { transport: 'auto', microphoneId: '', speakerId: '' };

const KEY = 'cozy.call';
const TRANSPORTS = ['auto', 'webrtc', 'socket'] as const;

type Store = Pick<Storage, 'getItem' | 'setItem'>;

const idOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function readCallSettings(store: Store): CallSettings {
  try {
    const kept: Partial<Record<keyof CallSettings, unknown>> | null = JSON.parse(store.getItem(KEY) ?? 'null');
    const transport = TRANSPORTS.find((one) => one === kept?.transport) ?? STANDARD.transport;
    return { transport, microphoneId: idOf(kept?.microphoneId), speakerId: idOf(kept?.speakerId) };
  } catch {
    // Not ours, or from another version of the page.
    return STANDARD;
  }
}

export function keepCallSettings(store: Store, settings: CallSettings): void {
  store.setItem(KEY, JSON.stringify(settings));
}
