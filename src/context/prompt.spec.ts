import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { Personality } from '../core/domain/personality.js';
import { personalityPrompt } from './prompt.js';

function promptOf(traits: Partial<Personality['traits']>, system = '  You help.\n'): string {
  const personality = Object.assign(new Personality(), { name: 'Cozy', system_prompt: system });
  Object.assign(personality.traits, { friendliness: 0.5, formality: 0.5, humor: 0.5, empathy: 0.5 }, traits);
  return personalityPrompt(personality);
}

describe('personalityPrompt', () => {
  it('is the name and the personality’s own words where no trait stands out', () => {
    expect(promptOf({})).toBe('You are Cozy.\n\nYou help.');
  });

  it.each([
    [{ friendliness: 1 }, 'Your tone: warm and friendly.'],
    [{ friendliness: 0 }, 'Your tone: matter-of-fact.'],
    [{ formality: 0.65 }, 'Your tone: formal.'],
    [{ formality: 0.35 }, 'Your tone: informal.'],
    [{ humor: 0.64, empathy: 0.36 }, undefined],
    [
      { friendliness: 0.9, formality: 0.2, humor: 0.9, empathy: 0.9 },
      'Your tone: warm and friendly, informal, with a light sense of humour, attentive to how the person feels.',
    ],
  ])('says of the traits %j: %s', (traits, tone) => {
    expect(promptOf(traits)).toBe(['You are Cozy.', 'You help.', ...(tone ? [tone] : [])].join('\n\n'));
  });
});
