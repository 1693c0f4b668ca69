import { useEffect } from 'preact/hooks';
import type { Entry } from '../transcript.js';
import type { Call } from './use-call.js';

/** An answer is stored a moment after it was cut short, at the latest after the server has waited 5 s for it. */
const LOOKS_MS = [150, 1200, 4000];

/** Once a call has ended the chat shows what was stored of it, and no longer what was followed live. */
export function useStoredCall(call: Call, entries: Entry[], reload: () => void, onEnd: () => void): void {
  const { phase, lines } = call.state;
  const spoken = lines.filter(({ text }) => text !== '').length;
  const known = entries.filter(({ voice }) => voice).length;
  useEffect(() => {
    if (phase !== 'ended' || spoken === 0) return undefined;
    const timers = LOOKS_MS.map((ms) => setTimeout(reload, ms));
    onEnd();
    return () => timers.forEach(clearTimeout);
  }, [phase]);
  useEffect(() => {
    // Whatever the chat has read by then is the truth: what is not in it was not stored.
    if (phase === 'ended' && spoken > 0) call.clear();
  }, [known]);
}
