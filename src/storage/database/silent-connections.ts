import type { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';

/** What the driver knows of a connection beside its types. */
interface Wire {
  connection: { stream: Socket };
  /** False while a statement is being answered. */
  readyForQuery: boolean;
}

class SilentServerError extends Error {
  override readonly name = 'SilentServerError';
  readonly code = 'ETIMEDOUT';
}

/**
 * Ends connections of a pool whose server has not said a word for so many milliseconds while a statement waits for it. A
 * server that lives cancels a statement that takes too long; one that is frozen, or behind a network that swallows
 * everything, does not, and TCP takes a quarter of an hour to notice. Until then each such connection would be lost to the
 * pool, and whoever waits for it would wait.
 */
export function endSilentConnections(pool: Pool, milliseconds: number): void {
  const watched = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => {
    if (watched.has(client)) return;
    watched.add(client);
    const wire = client as unknown as Wire;
    const { stream } = wire.connection;
    // Each byte in either direction begins the time anew.
    stream.setTimeout(milliseconds, () => {
      if (!wire.readyForQuery) stream.destroy(new SilentServerError('The database has fallen silent.'));
    });
  });
}
