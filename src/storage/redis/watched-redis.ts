import { Redis, type RedisOptions } from 'ioredis';

/** What the client knows of its connection beside its types. */
interface Wire {
  commandQueue: { length: number };
}

export interface WatchedOptions extends RedisOptions {
  /** How long Redis may keep an answer back. */
  silentMs: number;
}

/**
 * A client, and all that are made after it, that leave a connection which says nothing while a command waits for it, and
 * connect anew. ioredis' own `socketTimeout` goes on counting for a connection that is gone, and then ends the next one.
 */
export class WatchedRedis extends Redis {
  constructor(
    private readonly watched: WatchedOptions,
    url?: string,
  ) {
    super(url as string, watched);
    this.on('connect', () => {
      // Each byte in either direction begins the time anew.
      this.stream.setTimeout(watched.silentMs, () => {
        const { commandQueue } = this as unknown as Wire;
        if (commandQueue.length > 0) this.stream.destroy(new Error('Redis has fallen silent.'));
      });
    });
  }

  override duplicate(override: Partial<RedisOptions> = {}): Redis {
    return new WatchedRedis({ ...this.watched, ...this.options, ...override });
  }
}
