import type { VoiceEvent, VoiceListener } from './voice-event.js';

/** What a client that is away may miss; of more, the oldest is let go. */
const MOST_KEPT = 500;

/** Tells a call's client what happens, and keeps it for a client that is away. Sound is not kept. */
export class VoiceOutlet {
  private kept: VoiceEvent[] = [];
  private readonly others = new Set<VoiceListener>();

  constructor(private listener: VoiceListener | null) {}

  /** To everybody; false where the client did not take it. Who is not the client is not waited for. */
  tell(event: VoiceEvent): boolean {
    for (const other of this.others) other(event);
    return this.tellClient(event);
  }

  /** False where it was not taken. */
  tellClient(event: VoiceEvent): boolean {
    if (this.listener) return this.listener(event);
    if (event.type === 'response.audio' || event.type === 'participants.audio') return false;
    this.kept.push(event);
    if (this.kept.length > MOST_KEPT) this.kept.shift();
    return true;
  }

  /** Somebody else is told too. Returns how to stop. */
  add(other: VoiceListener): () => void {
    this.others.add(other);
    return () => this.others.delete(other);
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
