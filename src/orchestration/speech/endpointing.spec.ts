import { describe, expect, it } from 'vitest';
import { Endpointing } from './endpointing.js';

const changes = (likelihoods: readonly number[]) => {
  const endpointing = new Endpointing({ threshold: 0.5, silenceMs: 60, minimumMs: 40 }, 20);
  return likelihoods.flatMap((likelihood, at) => {
    const change = endpointing.next(likelihood);
    return change === undefined ? [] : [`${change} ${at}`];
  });
};

describe('Endpointing', () => {
  it.each<[string, number[], string[]]>([
    ['silence', [0, 0.1, 0.4], []],
    ['a click', [0.9, 0, 0.9, 0, 0, 0], []],
    ['speech', [0, 0.6, 0.5, 0.9], ['started 2']],
    ['speech and its end', [0.9, 0.9, 0, 0, 0, 0], ['started 1', 'stopped 4']],
    ['a pause for breath', [0.9, 0.9, 0, 0, 0.9, 0, 0], ['started 1']],
    ['two sentences', [0.9, 0.9, 0, 0, 0, 0.9, 0.9, 0, 0, 0], ['started 1', 'stopped 4', 'started 6', 'stopped 9']],
  ])('%s', (_name, likelihoods, expected) => {
    expect(changes(likelihoods)).toEqual(expected);
  });
});
