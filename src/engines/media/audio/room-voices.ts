import type { SpokenFrame } from '../call-audio.port.js';
import type { SocketPerson, SocketPersonOptions } from '../socket-audio.port.js';
import { MessageVoice } from './message-voice.js';
import { PeopleMix } from './people-mix.js';
import { SpeakingFloor } from './speaking-floor.js';

export interface RoomVoicesOptions {
  /** What the companion hears: 20 ms at 16 kHz, one person at a time. */
  hear: (personId: string, samples: Int16Array) => void;
  /** What was heard of somebody and not yet taken is to be forgotten. */
  forget: (personId: string) => void;
}

/** The voices of a call as samples, whatever way they came: who of them is heard, and who hears whom over a socket. */
export class RoomVoices {
  private readonly floor = new SpeakingFloor();
  private readonly mix = new PeopleMix();
  /** Who has said something, be it silence. */
  private readonly heard = new Set<string>();
  private readonly sockets = new Map<string, SocketPersonOptions>();
  private readonly speakerListeners = new Set<(personId: string | null) => void>();
  private speaker: string | null = null;

  constructor(private readonly options: RoomVoicesOptions) {}

  /** 20 ms at 16 kHz of somebody. */
  take(personId: string, samples: Int16Array): void {
    this.heard.add(personId);
    this.mix.push(personId, samples);
    if (this.floor.admits(personId, samples, this.heard.size === 1)) this.options.hear(personId, samples);
    this.lookWhoSpeaks();
  }

  /** Somebody whose sound travels in messages. Throws VALIDATION_FAILED for a rate that nobody uses. */
  join(personId: string, options: SocketPersonOptions): SocketPerson {
    const voice = new MessageVoice(options.inputRate, (samples) => this.take(personId, samples));
    this.sockets.set(personId, options);
    this.mix.listen(personId, options.sendOthers);
    return {
      append: (bytes) => voice.append(bytes),
      clear: () => {
        voice.clear();
        this.options.forget(personId);
      },
      close: () => this.leave(personId),
    };
  }

  has(personId: string): boolean {
    return this.sockets.has(personId);
  }

  /** How many there are whose sound travels in messages. */
  get size(): number {
    return this.sockets.size;
  }

  /** What somebody says goes on to those who hear it another way: 20 ms at 16 kHz, paced. */
  relay(personId: string, send: (samples: Int16Array) => void): void {
    this.mix.relay(personId, send);
  }

  /** The companion to all whose sound travels in messages; false where nobody took it. */
  say(frame: SpokenFrame): boolean {
    let isTaken = false;
    for (const { send } of this.sockets.values()) isTaken = send(frame) || isTaken;
    return isTaken;
  }

  /**
   * About every 20 ms.
   * @param now milliseconds, monotonic.
   */
  tick(now: number): void {
    this.mix.tick(now);
  }

  leave(personId: string): void {
    this.sockets.delete(personId);
    this.mix.leave(personId);
    this.silence(personId);
  }

  /** Somebody has no microphone any more. */
  silence(personId: string): void {
    this.heard.delete(personId);
    this.options.forget(personId);
    this.floor.leave(personId);
    this.lookWhoSpeaks();
  }

  /** Told when somebody else speaks; null when nobody does. */
  onSpeaker(listener: (personId: string | null) => void): void {
    this.speakerListeners.add(listener);
  }

  private lookWhoSpeaks(): void {
    const { speaker } = this.floor;
    if (speaker === this.speaker) return;
    this.speaker = speaker;
    for (const listener of this.speakerListeners) listener(speaker);
  }
}
