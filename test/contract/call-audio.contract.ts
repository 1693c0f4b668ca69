import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CallAudio } from '../../src/engines/media/call-audio.port.js';
import { joined, listener, pitchOf, purityOf, tone } from '../setup/sound.js';

/** One call with somebody at the other end. */
export interface CallStage {
  audio: CallAudio;
  /** The caller says a tone of 440 Hz for a second at least. */
  speak: () => Promise<void>;
  /** Frames of speech that have reached the caller. */
  received: () => Promise<number>;
  close: () => Promise<void>;
}

const HERTZ = 440;
const soon = { timeout: 15_000, interval: 50 };
const never = new AbortController().signal;
const speech = (milliseconds: number) => tone(660, milliseconds, 24_000);

/** What every transport of a call promises. */
export function callAudioContract(open: () => Promise<CallStage>): void {
  let stage: CallStage | undefined;
  const opened = async () => (stage = await open());
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });

  describe('hearing', () => {
    it('is in frames of 20 ms at 16 kHz, in order', async () => {
      const { audio, speak } = await opened();
      const { frames } = listener(audio.heard);
      await speak();
      await vi.waitFor(() => expect(frames.length).toBeGreaterThanOrEqual(40), soon);
      expect(frames.every(({ samples, sampleRate }) => samples.length === 320 && sampleRate === 16_000)).toBe(true);
      const sound = joined(frames.slice(20, 40));
      expect(pitchOf(sound, 16_000)).toBeCloseTo(HERTZ, -1);
      expect(purityOf(sound, HERTZ, 16_000)).toBeGreaterThan(0.9);
    });

    it('ends with the call', async () => {
      const { audio } = await opened();
      const { ended } = listener(audio.heard);
      await audio.close();
      await expect(ended).resolves.toBeUndefined();
    });
  });

  describe('speaking', () => {
    it('reaches the caller, all of it, and is then known to have left', async () => {
      const { audio, received } = await opened();
      await audio.play('turn', speech(300), never);
      await audio.play('turn', speech(210), never);
      await audio.finish('turn', never);
      expect(audio.playedMs('turn')).toBe(510);
      await vi.waitFor(async () => expect(await received()).toBe(26), soon);
    });

    it('is paced: not all of it is away at once', async () => {
      const { audio } = await opened();
      await audio.play('turn', speech(900), never);
      expect(audio.playedMs('turn')).toBeLessThan(900);
      audio.flush('turn');
    });

    it('is held by a pause, and goes on after it', async () => {
      const { audio } = await opened();
      audio.pause();
      await audio.play('turn', speech(100), never);
      expect(audio.playedMs('turn')).toBe(0);
      audio.resume();
      await audio.finish('turn', never);
      expect(audio.playedMs('turn')).toBe(100);
    });

    it('is cut by a flush, for good', async () => {
      const { audio, received } = await opened();
      const given = audio.play('turn', speech(5_000), never);
      await vi.waitFor(() => expect(audio.playedMs('turn')).toBeGreaterThanOrEqual(100), soon);
      const left = audio.flush('turn');
      await Promise.all([given, audio.finish('turn', never)]);
      await audio.play('turn', speech(500), never);
      await audio.play('next', speech(40), never);
      await audio.finish('next', never);
      expect(left).toBeLessThan(5_000);
      expect([audio.playedMs('turn'), audio.playedMs('next')]).toEqual([left, 40]);
      await vi.waitFor(async () => expect(await received()).toBe(left / 20 + 2), soon);
    });

    it('stops for its signal, with the signal’s reason', async () => {
      const { audio } = await opened();
      const interrupted = new AbortController();
      const given = audio.play('turn', speech(5_000), interrupted.signal);
      const finished = audio.finish('turn', interrupted.signal);
      interrupted.abort(new Error('interrupted'));
      await expect(given).rejects.toThrow('interrupted');
      await expect(finished).rejects.toThrow('interrupted');
      audio.flush('turn');
    });
  });

  it('closes once, lets go of who waits, and takes no harm from what comes afterwards', async () => {
    const { audio } = await opened();
    const given = audio.play('turn', speech(5_000), never);
    await Promise.all([audio.close(), audio.close()]);
    await given;
    await audio.play('turn', speech(100), never);
    await audio.finish('turn', never);
    audio.pause();
    audio.resume();
    expect(audio.flush('turn')).toBe(audio.playedMs('turn'));
  });
}
