import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { VoiceSection } from '../../core/config/sections/voice.section.js';
import { Lifecycle } from '../../core/lifecycle/lifecycle.js';
import { VoicePlaceRepository } from '../../storage/voice-places/voice-place.repository.js';

/** An instance that has died frees its places after this; one that lives keeps them in time. */
const TTL_MS = 30_000;
const KEEP_EVERY_MS = 10_000;

/** How many calls a user may have, counted over all instances as far as they can be seen. */
@Injectable()
export class VoicePlacesService implements OnModuleInit, OnModuleDestroy {
  /** Those of this instance, by the id of the call. */
  private readonly held = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly places: VoicePlaceRepository,
    private readonly section: VoiceSection,
    private readonly lifecycle: Lifecycle,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.keep(), KEEP_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** False where the user has as many calls as they may. */
  async take(callId: string, userId: string): Promise<boolean> {
    const { max_calls_per_user: most } = this.section;
    const here = [...this.held.values()].filter((id) => id === userId).length;
    if (here >= most) return false;
    // Held at once: two that come together must not both find the last place.
    this.held.set(callId, userId);
    if (await this.places.take(this.place(callId, userId), most, TTL_MS)) return true;
    this.held.delete(callId);
    return false;
  }

  /** Idempotent. */
  free(callId: string): void {
    const userId = this.held.get(callId);
    if (userId === undefined) return;
    this.held.delete(callId);
    void this.places.free(this.place(callId, userId));
  }

  /** Whether a call of the user's lives on another instance. */
  async isElsewhere(callId: string, userId: string): Promise<boolean> {
    const instanceId = await this.places.instanceOf(callId, userId);
    return instanceId !== undefined && instanceId !== this.lifecycle.instanceId;
  }

  /** Also tells Redis of those that it has lost, or that began while it was away. */
  private async keep(): Promise<void> {
    for (const [callId, userId] of this.held) {
      await this.places.keep(this.place(callId, userId), TTL_MS);
      // It has ended meanwhile.
      if (!this.held.has(callId)) await this.places.free(this.place(callId, userId));
    }
  }

  private place(callId: string, userId: string) {
    return { callId, userId, instanceId: this.lifecycle.instanceId };
  }
}
