import { FRAME_MS, HEARD_RATE, type PcmFrame, SPOKEN_RATE } from '../../../src/core/domain/audio.js';
import { EventQueue } from '../../../src/core/util/event-queue.js';
import { CallAudio, type SpokenFrame } from '../../../src/engines/media/call-audio.port.js';
import type { VirtualClock } from './virtual-clock.js';

const FRAME_SAMPLES = (SPOKEN_RATE * FRAME_MS) / 1000;
/** Above this `play` keeps its caller waiting. */
const MOST_WAITING_MS = 60;

interface Waiter {
  signal: AbortSignal;
  isDone: () => boolean;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/** The ears and mouth of a call in memory: frames leave every 20 ms of a virtual clock, as the port promises. */
export class FakeCallAudio extends CallAudio {
  readonly heard = new EventQueue<PcmFrame>();
  /** What has left, in order. */
  readonly left: (SpokenFrame & { at: number })[] = [];
  /** What breaks the port's rules. */
  readonly faults: string[] = [];
  isPaused = false;
  isClosed = false;
  private waiting: number[] = [];
  private turnId: string | null = null;
  private readonly flushed = new Set<string>();
  private readonly finished = new Set<string>();
  private readonly played = new Map<string, number>();
  private waiters: Waiter[] = [];
  private isTicking = false;

  constructor(private readonly clock: VirtualClock) {
    super();
  }

  /** Somebody makes a sound: `voice` is speech, else it is silence. */
  async sound(milliseconds: number, voice: boolean, speakerId?: string): Promise<void> {
    for (let at = 0; at < milliseconds; at += FRAME_MS) {
      const samples = new Int16Array((HEARD_RATE * FRAME_MS) / 1000).fill(voice ? 1000 : 0);
      this.heard.push({ samples, sampleRate: HEARD_RATE, ...(speakerId !== undefined && { speakerId }) });
      await this.clock.pass(FRAME_MS);
    }
  }

  override async play(turnId: string, samples: Int16Array, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.isClosed || this.flushed.has(turnId)) return;
    if (this.turnId !== turnId && this.waiting.length > 0) this.faults.push(`${turnId} speaks over ${this.turnId}`);
    if (this.finished.has(turnId)) this.faults.push(`${turnId} speaks after its end`);
    this.turnId = turnId;
    for (const sample of samples) this.waiting.push(sample);
    this.tick();
    await this.until(signal, () => this.waitingMs <= MOST_WAITING_MS || this.flushed.has(turnId) || this.isClosed);
  }

  override async finish(turnId: string, signal: AbortSignal): Promise<void> {
    this.finished.add(turnId);
    const isOver = () => this.waiting.length === 0 || this.turnId !== turnId || this.isClosed;
    await this.until(signal, isOver);
  }

  override pause(): void {
    this.isPaused = true;
  }

  override resume(): void {
    this.isPaused = false;
    this.tick();
  }

  override flush(turnId: string): number {
    this.flushed.add(turnId);
    if (this.turnId === turnId) this.waiting = [];
    this.wake();
    return this.playedMs(turnId);
  }

  override playedMs(turnId: string): number {
    return this.played.get(turnId) ?? 0;
  }

  override async close(): Promise<void> {
    this.isClosed = true;
    this.waiting = [];
    this.heard.end();
    this.wake();
  }

  private get waitingMs(): number {
    return (this.waiting.length / SPOKEN_RATE) * 1000;
  }

  private tick(): void {
    if (this.isTicking) return;
    this.isTicking = true;
    this.clock.after(FRAME_MS, () => {
      this.isTicking = false;
      this.leave();
    });
  }

  private leave(): void {
    if (this.isPaused || this.isClosed || this.turnId === null || this.waiting.length === 0) return;
    const { turnId } = this;
    const samples = new Int16Array(FRAME_SAMPLES);
    samples.set(this.waiting.splice(0, FRAME_SAMPLES));
    const seq = this.playedMs(turnId) / FRAME_MS;
    this.left.push({ turnId, seq, samples, at: this.clock.now() });
    this.played.set(turnId, this.playedMs(turnId) + FRAME_MS);
    this.wake();
    this.tick();
  }

  private async until(signal: AbortSignal, isDone: () => boolean): Promise<void> {
    const onAbort = () => this.wake();
    signal.addEventListener('abort', onAbort);
    try {
      await new Promise<void>((resolve, reject) => {
        this.waiters.push({ signal, isDone, resolve, reject });
        this.wake();
      });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  private wake(): void {
    this.waiters = this.waiters.filter(({ signal, isDone, resolve, reject }) => {
      if (signal.aborted) reject(signal.reason);
      else if (isDone()) resolve();
      else return true;
      return false;
    });
  }
}
