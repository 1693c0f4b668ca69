import { afterEach, expect, it } from 'vitest';
import { Ear } from './ear.js';
import { HeardDecoder, openEncoder } from './opus.js';

/** Something like a vowel: harmonics of 150 Hz. */
const vowel = (at: number) =>
  Array.from({ length: 12 }, (_, index) => index + 1).reduce(
    (sum, harmonic) => sum + (6_000 / harmonic) * Math.sin((2 * Math.PI * 150 * harmonic * at) / 24_000),
    0,
  );

const open: Ear[] = [];
afterEach(() => {
  for (const ear of open.splice(0)) ear.close();
});

/** It as packets, and an ear with a clock of its own. */
async function stage(count: number) {
  const encoder = await openEncoder(24_000);
  const packets = Array.from({ length: count }, (_, seq) => {
    const samples = Int16Array.from({ length: 480 }, (_unused, index) => vowel(seq * 480 + index));
    return { seq, timestamp: seq * 960, payload: encoder.encode(samples) };
  });
  encoder.free();
  const time = { now: 0 };
  const frames: Int16Array[] = [];
  const ear = new Ear({
    decoder: await HeardDecoder.open(),
    now: () => time.now,
    onFrame: (samples) => frames.push(samples),
  });
  open.push(ear);
  return { ear, packets, frames, time };
}

const loudness = (samples: Int16Array) =>
  Math.sqrt(samples.reduce((sum, value) => sum + value ** 2, 0) / samples.length);

it('hears what was said, 20 ms after 20 ms', async () => {
  const { ear, packets, frames, time } = await stage(50);
  for (const packet of packets) {
    time.now += 20;
    ear.take(packet);
  }
  expect(frames.map(({ length }) => length)).toEqual(packets.map(() => 320));
  expect(loudness(frames[30] ?? new Int16Array(1))).toBeGreaterThan(3_000);
});

it('makes up for what is lost: the sound goes on and is as long as it was', async () => {
  const { ear, packets, frames, time } = await stage(100);
  for (const packet of packets) {
    time.now += 20;
    if (packet.seq % 10 !== 5) ear.take(packet);
    ear.tick();
  }
  expect(frames.length).toBe(100);
  expect(ear.counts.lost).toBe(10);
  expect(Math.min(...frames.slice(10).map(loudness))).toBeGreaterThan(1_000);
});

it('takes what is no Opus for lost, and hears on', async () => {
  const { ear, packets, frames, time } = await stage(20);
  for (const packet of packets) {
    time.now += 20;
    ear.take(packet.seq === 7 ? { ...packet, payload: Uint8Array.of(255, 255, 255) } : packet);
  }
  expect(frames.length).toBeGreaterThanOrEqual(19);
});

it('is silent for a while when the network stalls, so that an end of speech can be seen', async () => {
  const { ear, packets, frames, time } = await stage(10);
  for (const packet of packets) ear.take(packet);
  for (let tick = 0; tick < 500; tick++) {
    time.now += 20;
    ear.tick();
  }
  const silence = frames.slice(10);
  expect(silence.length).toBe(100);
  expect(silence.every((samples) => loudness(samples) === 0)).toBe(true);
});

it('lets no flood through', async () => {
  const { ear, packets } = await stage(1);
  const payload = packets[0]?.payload ?? new Uint8Array(1);
  for (let seq = 0; seq < 10_000; seq++) ear.take({ payload, timestamp: seq * 960, seq });
  expect(ear.counts.received).toBe(200);
});
