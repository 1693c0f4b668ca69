import { CozyError } from '../core/errors/cozy.error.js';
import type { EngineHealth } from './engine-health.js';

/** What a small request says of an engine. A caller's abort is passed on. */
export async function healthOf(probe: () => Promise<unknown>, signal: AbortSignal): Promise<EngineHealth> {
  try {
    await probe();
    return { status: 'up' };
  } catch (error) {
    signal.throwIfAborted();
    // A service that counts our requests is alive.
    const status = error instanceof CozyError && error.code === 'ENGINE_RATE_LIMITED' ? 'degraded' : 'down';
    return { status, reason: error instanceof CozyError ? error.message : 'The engine failed.' };
  }
}
