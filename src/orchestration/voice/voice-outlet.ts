import type { VoiceEvent, VoiceListener } from './voice-event.js';

/** What a client that is away may miss; of more, the oldest is let go. */
const MOST_KEPT = 500;

/** Tells a call's client what happens, and keeps it for a client that is away. Sound is not kept. */
export class VoiceOutlet {
  private kept: VoiceEvent[] = [];

  constructor(private listener: VoiceListener | null) {}

  /** False where it was not taken. */
  tell(event: VoiceEvent): boolean {
    if (this.listener) return this.listener(event);
    if (event.type === 'response.audio') return false;
    this.kept.push(event);
    if (this.kept.length > MOST_KEPT) this.kept.shift();
    return true;
  }

  /** The client is away. */
  detach(): void {
    this.listener = null;
  }

  /** @param first what the client is told before what it has missed. */
  attach(listener: VoiceListener, first: VoiceEvent): void {
    this.listener = listener;
    listener(first);
    for (const event of this.kept.splice(0)) listener(event);
  }
}
