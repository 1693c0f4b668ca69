import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StreamWatchdog } from './stream-watchdog.js';

describe('StreamWatchdog', () => {
  const onSilence = vi.fn<() => void>();
  beforeEach(() => {
    vi.useFakeTimers();
    onSilence.mockClear();
  });
  afterEach(() => vi.useRealTimers());

  it('barks when the first token does not come', () => {
    const watchdog = new StreamWatchdog(100, 10, onSilence);
    vi.advanceTimersByTime(99);
    expect(onSilence).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onSilence).toHaveBeenCalledOnce();
    watchdog.stop();
  });

  it('measures pauses from the last chunk', () => {
    const watchdog = new StreamWatchdog(100, 10, onSilence);
    for (let at = 0; at < 20; at++) {
      watchdog.heard();
      vi.advanceTimersByTime(9);
    }
    expect(onSilence).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onSilence).toHaveBeenCalledOnce();
    watchdog.stop();
  });

  it('does not count the time that the consumer takes', () => {
    const watchdog = new StreamWatchdog(100, 10, onSilence);
    watchdog.heard();
    watchdog.handOver();
    vi.advanceTimersByTime(1000);
    expect(onSilence).not.toHaveBeenCalled();
    watchdog.heard();
    vi.advanceTimersByTime(10);
    expect(onSilence).toHaveBeenCalledOnce();
    watchdog.stop();
  });

  it('can be given a last deadline, and be stopped', () => {
    const watchdog = new StreamWatchdog(100, 10, onSilence);
    watchdog.endWithin(5);
    vi.advanceTimersByTime(5);
    expect(onSilence).toHaveBeenCalledOnce();
    watchdog.heard();
    watchdog.stop();
    vi.advanceTimersByTime(1000);
    expect(onSilence).toHaveBeenCalledOnce();
  });
});
