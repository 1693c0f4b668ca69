import { FRAME_MS, SPOKEN_RATE } from '../../../core/domain/audio.js';
import type { SpokenFrame } from '../call-audio.port.js';
import { TurnQueue } from './turn-queue.js';

/** How far frames run ahead of real time: what the caller's jitter buffer needs, and all that an interruption loses. */
const LEAD_MS = 60;
/** More is not taken in at once: what has been made and not said is thrown away when the caller interrupts. */
const ENOUGH_WAITING_MS = 1_000;
/** Of how many turns is known what was played of them. */
const TURNS_KEPT = 32;

const FRAME_SAMPLES = (SPOKEN_RATE / 1000) * FRAME_MS;
const millisecondsOf = (samples: number) => (samples * 1000) / SPOKEN_RATE;

interface Waiter {
  turnId: string;
  /** Until there is room for more, or until nothing of the turn is left. */
  until: 'room' | 'left';
  settle: () => void;
}

interface Turn {
  playedSamples: number;
  flushed: boolean;
}

export interface PlayoutOptions {
  /** Milliseconds, monotonic. */
  now: () => number;
  /** Sends a frame; false when it was dropped on the way out, so that nobody will hear it. */
  emit: (frame: SpokenFrame) => boolean;
}

/**
 * Lets speech out in 20 ms frames at the pace in which it is heard, and knows how much of it has left. Knows no timer: whoever
 * owns it calls `tick` about every 20 ms.
 */
export class Playout {
  private readonly waiting = new TurnQueue(FRAME_SAMPLES);
  private readonly turns = new Map<string, Turn>();
  private waiters: Waiter[] = [];
  private paused = false;
  private closed = false;
  /** When what has left so far will have been heard. */
  private heardUntil = -Infinity;

  constructor(private readonly options: PlayoutOptions) {}

  /** Whether a tick could do anything. */
  get idle(): boolean {
    return this.paused || this.waiting.empty;
  }

  async play(turnId: string, samples: Int16Array, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.closed || this.turn(turnId).flushed) return;
    this.waiting.push(turnId, samples);
    this.tick();
    if (millisecondsOf(this.waiting.samples) > ENOUGH_WAITING_MS) await this.wait(turnId, 'room', signal);
  }

  async finish(turnId: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.waiting.finish(turnId);
    this.tick();
    if (this.waiting.holds(turnId)) await this.wait(turnId, 'left', signal);
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.tick();
  }

  flush(turnId: string): number {
    this.turn(turnId).flushed = true;
    this.waiting.drop(turnId);
    this.settleWaiters();
    return this.playedMs(turnId);
  }

  playedMs(turnId: string): number {
    return millisecondsOf(this.turns.get(turnId)?.playedSamples ?? 0);
  }

  close(): void {
    this.closed = true;
    this.waiting.clear();
    this.settleWaiters();
  }

  /** Lets out what is due. */
  tick(): void {
    const now = this.options.now();
    while (!this.idle) {
      const from = Math.max(this.heardUntil, now);
      if (from + FRAME_MS - now > LEAD_MS) break;
      const frame = this.waiting.shift();
      if (!frame) break;
      const { heldSamples, ...spoken } = frame;
      this.heardUntil = from + FRAME_MS;
      if (this.options.emit(spoken)) this.turn(frame.turnId).playedSamples += heldSamples;
    }
    this.settleWaiters();
  }

  private turn(turnId: string): Turn {
    const known = this.turns.get(turnId);
    if (known) return known;
    const turn = { playedSamples: 0, flushed: false };
    this.turns.set(turnId, turn);
    const [oldest] = this.turns.keys();
    if (this.turns.size > TURNS_KEPT && oldest !== undefined) this.turns.delete(oldest);
    return turn;
  }

  private isOver({ turnId, until }: Waiter): boolean {
    if (this.closed || this.turns.get(turnId)?.flushed) return true;
    return until === 'room' ? millisecondsOf(this.waiting.samples) <= ENOUGH_WAITING_MS : !this.waiting.holds(turnId);
  }

  private settleWaiters(): void {
    if (this.waiters.length === 0) return;
    const over = this.waiters.filter((waiter) => this.isOver(waiter));
    if (over.length === 0) return;
    this.waiters = this.waiters.filter((waiter) => !over.includes(waiter));
    for (const { settle } of over) settle();
  }

  private wait(turnId: string, until: Waiter['until'], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        reject(signal.reason as Error);
      };
      const settle = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const waiter: Waiter = { turnId, until, settle };
      signal.addEventListener('abort', onAbort, { once: true });
      this.waiters.push(waiter);
    });
  }
}
