import type { CozyError } from '../../core/errors/cozy.error.js';
import type { SocketAccess } from '../../orchestration/auth/socket-access.service.js';
import { asCozyError } from '../errors/error-body.js';

/** Sign-in, expiry and suspension are looked at again so often. */
const RECHECK_MS = 30_000;

/**
 * Looks whether whoever made a call may still be in it, for calls that no socket of ours carries; `turnOut` is called once
 * where not. Returns how to stop. While the stores are away nobody is turned out.
 */
export function watchCall(access: SocketAccess, turnOut: (error: CozyError) => void): () => void {
  let isOver = false;
  const stop = () => {
    isOver = true;
    clearInterval(timer);
    release();
  };
  const check = async () => {
    try {
      await access.recheck();
    } catch (thrown) {
      const error = asCozyError(thrown);
      if (isOver || !error.code.startsWith('AUTH_')) return;
      stop();
      turnOut(error);
    }
  };
  const timer = setInterval(() => void check(), RECHECK_MS).unref();
  const release = access.onChange(() => void check());
  return stop;
}
