import type { Personality } from '../core/domain/personality.js';

const STRONG = 0.65;
const WEAK = 0.35;

const WORDS: Record<keyof Personality['traits'], { strong: string; weak: string }> = {
  friendliness: { strong: 'warm and friendly', weak: 'matter-of-fact' },
  formality: { strong: 'formal', weak: 'informal' },
  humor: { strong: 'with a light sense of humour', weak: 'without jokes' },
  empathy: { strong: 'attentive to how the person feels', weak: 'focused on the facts' },
};

/** The traits as a sentence for the model; traits in the middle of their scale go unsaid. */
function toneOf(traits: Personality['traits']): string {
  const words = Object.entries(WORDS).flatMap(([trait, { strong, weak }]) => {
    const value = traits[trait as keyof Personality['traits']];
    if (value >= STRONG) return [strong];
    return value <= WEAK ? [weak] : [];
  });
  return words.length > 0 ? `Your tone: ${words.join(', ')}.` : '';
}

/** The personality's own system prompt, its name and tone included. */
export function personalityPrompt(personality: Personality): string {
  return [`You are ${personality.name}.`, personality.system_prompt.trim(), toneOf(personality.traits)]
    .filter(Boolean)
    .join('\n\n');
}
