/** Time as a call sees it, so that tests can make it pass. */
export interface VoiceClock {
  /** Milliseconds that only grow. */
  now(): number;
  /** Calls `run` once after so many milliseconds; returns how to prevent it. */
  after(milliseconds: number, run: () => void): () => void;
}

export const systemClock: VoiceClock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
