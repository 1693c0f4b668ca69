import { expect, it } from 'vitest';
import { PeopleMix } from './people-mix.js';

const frame = (value: number) => new Int16Array(320).fill(value);

/** Who hears how much, by the middle of the last frame that they were sent. */
function run(people: string, listeners: string, frames: (tick: number) => Record<string, number>, ticks = 12) {
  const mix = new PeopleMix();
  const heard: Record<string, number[]> = {};
  for (const personId of listeners) {
    heard[personId] = [];
    mix.listen(personId, (samples) => heard[personId]?.push(samples.length === 480 ? (samples[240] ?? 0) : NaN));
  }
  for (let tick = 0; tick < ticks; tick++) {
    for (const [personId, value] of Object.entries(frames(tick))) mix.push(personId, frame(value));
    mix.tick(tick * 20);
  }
  return { mix, heard, last: Object.fromEntries(Object.entries(heard).map(([who, all]) => [who, all.at(-1)])), people };
}

it.each<[string, Record<string, number>, Record<string, number | undefined>]>([
  ['everybody but themselves', { a: 1000, b: 3000 }, { a: 15, b: 5 }],
  ['nothing while the others are silent', { a: 1000, b: 10 }, { a: undefined, b: 5 }],
  ['no more than the loudest sound that there is', { a: 30_000, b: 0, c: 30_000 }, { a: 150, b: 164 }],
])('sends %s', (_, said, expected) => {
  const { last } = run('abc', 'ab', () => said);
  const rounded = Object.entries(last).map(([who, value]) => [who, value && Math.round(value / 200)]);
  expect(Object.fromEntries(rounded)).toEqual(expected);
});

it('waits for 60 ms of somebody, and again where they had stopped', () => {
  const { heard } = run('b', 'a', (tick): Record<string, number> => (tick < 2 || tick > 8 ? { b: 500 } : {}), 11);
  expect(heard['a']).toHaveLength(1);
});

it('lets go of the oldest of somebody who sends faster than they speak', () => {
  const mix = new PeopleMix();
  const sent: number[] = [];
  mix.relay('b', (samples) => sent.push(samples[0] ?? 0));
  for (let value = 1; value <= 40; value++) mix.push('b', frame(value * 100));
  for (let tick = 0; tick < 40; tick++) mix.tick(tick * 20);
  expect([sent.length, sent[0], sent.at(-1)]).toEqual([25, 1600, 4000]);
});

it('keeps nothing where nobody listens, nor of who has left', () => {
  const mix = new PeopleMix();
  const sent: Int16Array[] = [];
  for (let at = 0; at < 5; at++) mix.push('a', frame(500));
  mix.listen('b', (samples) => sent.push(samples));
  mix.tick(0);
  for (let at = 0; at < 5; at++) mix.push('a', frame(500));
  mix.leave('a');
  for (let at = 1; at < 6; at++) mix.tick(at * 20);
  expect(sent).toEqual([]);
});

it('goes by the time, not by how often it is asked, but for what a long absence has missed', () => {
  const mix = new PeopleMix();
  const sent: Int16Array[] = [];
  mix.relay('b', (samples) => sent.push(samples));
  for (let at = 0; at < 20; at++) mix.push('b', frame(500));
  mix.tick(0);
  mix.tick(5);
  mix.tick(100);
  expect(sent).toHaveLength(6);
  mix.tick(5000);
  expect(sent).toHaveLength(7);
});

it('is not late for ever after a burst', () => {
  const mix = new PeopleMix();
  const sent: number[] = [];
  mix.relay('b', (samples) => sent.push(samples[0] ?? 0));
  for (let at = 1; at <= 20; at++) mix.push('b', frame(100 + at));
  for (let tick = 0; tick < 100; tick++) {
    mix.push('b', frame(121 + tick));
    mix.tick(tick * 20);
  }
  expect(220 - (sent.at(-1) ?? 0)).toBeLessThanOrEqual(3);
});
