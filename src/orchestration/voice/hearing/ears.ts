import { isDeepStrictEqual } from 'node:util';
import { FRAME_MS, type PcmFrame } from '../../../core/domain/audio.js';
import { EventQueue } from '../../../core/util/event-queue.js';
import type { VadEngine, VadStream } from '../../../engines/speech/vad.port.js';
import type { VoiceClock } from '../voice-clock.js';
import type { TurnDetection } from '../voice-settings.js';
import { type Endpoint, Endpointing } from './endpointing.js';

/** More people than this in one call are not listened to. */
const MOST_SPEAKERS = 8;
/** A client that sends nothing any more has stopped speaking. */
const STALL_MS = 1500;
const FRAMES_A_SECOND = 1000 / FRAME_MS;

/** What somebody says, from its first sound on. */
export interface HeardUtterance {
  utteranceId: string;
  speakerId: string | null;
  /** Ends with the utterance. */
  speech: AsyncIterable<PcmFrame>;
  /** Of all that this speaker's lane has heard, where it begins. */
  soundMs: number;
}

export interface EarsSetup {
  vad: VadEngine;
  clock: VoiceClock;
  detection: TurnDetection;
  maxUtteranceMs: number;
  onStart: (utterance: HeardUtterance) => void;
  /**
   * @param endedAt when the last sound of speech came.
   * @param soundMs of all that the lane has heard, where the utterance ends.
   */
  onStop: (utteranceId: string, endedAt: number, soundMs: number) => void;
  /** Push to talk: another second of sound waits to be committed. */
  onKept: () => void;
  onFailure: (error: unknown) => void;
}

/** One speaker's part of what is heard. */
interface Lane {
  speakerId: string | null;
  vad: VadStream;
  endpointing: Endpointing<PcmFrame>;
  utterance: { id: string; frames: EventQueue<PcmFrame> } | null;
  /** Push to talk: what was not committed yet. */
  kept: PcmFrame[];
  /** Milliseconds of sound so far. */
  heardMs: number;
  heardAt: number;
  stopWatch: () => void;
}

/** Finds utterances in what the callers of a call say: each speaker's own, by voice activity or by their own word. */
export class Ears {
  private readonly lanes = new Map<string | null, Lane>();
  private detection: TurnDetection;
  private utterances = 0;
  private isClosed = false;
  private hasFailed = false;

  constructor(private readonly setup: EarsSetup) {
    this.detection = setup.detection;
  }

  /** Listens until there is nothing more to hear. */
  async listen(heard: AsyncIterable<PcmFrame>): Promise<void> {
    for await (const frame of heard) {
      if (this.isClosed) return;
      const hearing = this.hear(frame);
      if (hearing) await hearing;
    }
  }

  /** What is being said now goes by the rules it began with; what waits to be committed still does. */
  change(detection: TurnDetection): void {
    if (isDeepStrictEqual(detection, this.detection)) return;
    this.detection = detection;
    for (const lane of this.lanes.values()) {
      if (detection.type !== 'none') lane.kept = [];
      if (!lane.utterance) lane.endpointing = this.endpointing();
    }
  }

  /** Whoever speaks has finished, or one of them. False where nothing was said. */
  commit(speakerId?: string): boolean {
    const lanes = this.lanesOf(speakerId).filter(({ utterance, kept }) => utterance !== null || kept.length > 0);
    for (const lane of lanes) {
      if (lane.kept.length > 0) this.start(lane, lane.kept.splice(0));
      this.stop(lane, 0);
    }
    return lanes.length > 0;
  }

  /** Forgets what belongs to no utterance yet, of all or of one. */
  clear(speakerId?: string): void {
    for (const lane of this.lanesOf(speakerId)) {
      lane.kept = [];
      if (!lane.utterance) lane.endpointing = this.endpointing();
    }
  }

  /** Nobody is heard for now: what was being said has ended. */
  pause(): void {
    for (const lane of this.lanes.values()) {
      this.stop(lane, 0);
      lane.vad.reset();
    }
  }

  /** Somebody has left: what they were saying has ended, and their place is free. */
  leave(speakerId: string): void {
    const lane = this.lanes.get(speakerId);
    if (!lane) return;
    this.stop(lane, 0);
    this.lanes.delete(speakerId);
    lane.vad.close();
  }

  /** What was said so far of an utterance reads like a whole sentence. */
  noteWhole(utteranceId: string, isWhole: boolean): void {
    for (const { utterance, endpointing } of this.lanes.values()) {
      if (utterance?.id === utteranceId) endpointing.noteWhole(isWhole);
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const { vad, utterance, stopWatch } of this.lanes.values()) {
      stopWatch();
      utterance?.frames.end();
      vad.close();
    }
    this.lanes.clear();
  }

  /** A promise only where it is waited for something: most frames are silence, and known to be. */
  private hear(frame: PcmFrame): Promise<void> | undefined {
    const lane = this.laneOf(frame.speakerId ?? null);
    if (!lane) return undefined;
    lane.heardAt = this.setup.clock.now();
    lane.heardMs += FRAME_MS;
    if (this.detection.type === 'none' && !lane.utterance) {
      this.keep(lane, frame);
      return undefined;
    }
    const probability = this.probability(lane, frame);
    if (typeof probability !== 'number') return probability.then((known) => this.judge(lane, frame, known));
    this.judge(lane, frame, probability);
    return undefined;
  }

  private judge(lane: Lane, frame: PcmFrame, probability: number): void {
    // They may have left meanwhile.
    if (this.isClosed || this.lanes.get(lane.speakerId) !== lane) return;
    const found = lane.endpointing.push(frame, probability);
    if (found) this.take(lane, found);
  }

  private take(lane: Lane, found: Endpoint<PcmFrame>): void {
    switch (found.type) {
      case 'start':
        this.start(lane, found.frames);
        return this.watch(lane);
      case 'speech':
        lane.utterance?.frames.push(found.frame);
        return;
      case 'stop':
        return this.stop(lane, found.silenceMs);
    }
  }

  /** As long as an utterance may be; longer ones are taken in pieces. */
  private keep(lane: Lane, frame: PcmFrame): void {
    if (lane.kept.length % FRAMES_A_SECOND === 0) this.setup.onKept();
    lane.kept.push(frame);
    if (lane.kept.length * FRAME_MS < this.setup.maxUtteranceMs) return;
    this.start(lane, lane.kept.splice(0));
    this.stop(lane, 0);
  }

  private start(lane: Lane, frames: readonly PcmFrame[]): void {
    this.utterances += 1;
    const id = `utterance_${this.utterances}`;
    const speech = new EventQueue<PcmFrame>();
    for (const frame of frames) speech.push(frame);
    lane.utterance = { id, frames: speech };
    const soundMs = Math.max(0, lane.heardMs - frames.length * FRAME_MS);
    this.setup.onStart({ utteranceId: id, speakerId: lane.speakerId, speech, soundMs });
  }

  private stop(lane: Lane, silenceMs: number): void {
    const { utterance } = lane;
    if (!utterance) return;
    lane.utterance = null;
    lane.stopWatch();
    utterance.frames.end();
    lane.endpointing = this.endpointing();
    this.setup.onStop(utterance.id, this.setup.clock.now() - silenceMs, lane.heardMs);
  }

  private watch(lane: Lane): void {
    const { clock } = this.setup;
    lane.stopWatch = clock.after(STALL_MS, () => {
      const silentMs = clock.now() - lane.heardAt;
      if (silentMs < STALL_MS) this.watch(lane);
      else this.stop(lane, silentMs);
    });
  }

  private probability(lane: Lane, { samples }: PcmFrame): Promise<number> | number {
    const deaf = (error: unknown) => this.fail(lane, error);
    try {
      const probability = lane.vad.probability(samples);
      return typeof probability === 'number' ? probability : probability.catch(deaf);
    } catch (error) {
      return deaf(error);
    }
  }

  private fail(lane: Lane, error: unknown): number {
    const isOpen = !this.isClosed && this.lanes.get(lane.speakerId) === lane;
    if (!this.hasFailed && isOpen) this.setup.onFailure(error);
    this.hasFailed ||= isOpen;
    return 0;
  }

  private lanesOf(speakerId: string | undefined): Lane[] {
    return [...this.lanes.values()].filter((lane) => speakerId === undefined || lane.speakerId === speakerId);
  }

  private laneOf(speakerId: string | null): Lane | undefined {
    const known = this.lanes.get(speakerId);
    if (known || this.lanes.size >= MOST_SPEAKERS) return known;
    const lane: Lane = {
      speakerId,
      vad: this.setup.vad.open(),
      endpointing: this.endpointing(),
      utterance: null,
      kept: [],
      heardMs: 0,
      heardAt: this.setup.clock.now(),
      stopWatch: () => undefined,
    };
    this.lanes.set(speakerId, lane);
    return lane;
  }

  private endpointing(): Endpointing<PcmFrame> {
    const { type, ...settings } = this.detection;
    return new Endpointing({ ...settings, isSemantic: type === 'semantic_vad' }, this.setup.maxUtteranceMs);
  }
}
