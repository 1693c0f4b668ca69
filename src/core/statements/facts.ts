/**
 * One thing that the person said of themselves.
 * `subject` is the thing spoken of (dog, favourite colour), or the verb of a taste or an occupation.
 */
export interface Fact {
  kind:
    | 'name'
    | 'home'
    | 'origin'
    | 'age'
    | 'role'
    | 'work'
    | 'taste'
    | 'called'
    | 'attribute'
    | 'has'
    | 'allergy'
    | 'note';
  subject: string;
  value: string;
}

/** That something which the person may have told is no longer so. */
export interface Ending {
  /** What kind of fact ends: something they had, were, lived in, worked at or did not tolerate. */
  ends: 'has' | 'role' | 'home' | 'work' | 'allergy';
  /** The thing or person they had; empty for the other kinds. */
  subject: string;
  /** The fact's value; empty where any ends. */
  value: string;
}

const MAX_FACTS = 500;
const NEGATIVE_TASTES = new Set(['hate', 'dislike', "don't like", "can't stand"]);

/** What a conversation has told so far. What is said later of the same thing replaces what was said before. */
export class FactBook {
  private readonly facts = new Map<string, Fact>();
  /** The fact that "no, it's …" corrects and that "his name is …" speaks of. */
  latest: Fact | undefined;

  get all(): readonly Fact[] {
    return [...this.facts.values()];
  }

  learn(fact: Fact): void {
    const key = keyOf(fact);
    // Deleted first, so that the map stays in the order in which things were said.
    this.facts.delete(key);
    if (this.facts.size < MAX_FACTS) this.facts.set(key, fact);
    this.latest = fact;
  }

  /** Forgets what is said to be no longer so. */
  end({ ends, subject, value }: Ending): void {
    for (const [key, fact] of this.facts) {
      const isOfThing =
        ends === 'has' && ['has', 'called', 'attribute'].includes(fact.kind) && fact.subject === subject;
      const isOfKind = fact.kind === ends && (value === '' || bare(fact.value) === bare(value));
      if (isOfThing || (ends !== 'has' && isOfKind)) this.facts.delete(key);
    }
  }

  find(kind: Fact['kind'], subject?: string): Fact | undefined {
    return this.all.findLast((fact) => fact.kind === kind && (subject === undefined || fact.subject === subject));
  }

  /** Whatever was said of a thing: its name before anything else. */
  about(subject: string): Fact | undefined {
    return this.find('called', subject) ?? this.find('attribute', subject) ?? this.find('has', subject);
  }

  tastes(positive: boolean): readonly Fact[] {
    return this.all.filter((fact) => fact.kind === 'taste' && isPositive(fact) === positive);
  }
}

export function isPositive(taste: Fact): boolean {
  return !NEGATIVE_TASTES.has(taste.subject);
}

/** "favorite color" and "favourite colour" are one thing, as are "Dog" and "the dog". */
export function subjectOf(words: string): string {
  return words
    .toLowerCase()
    .replaceAll('favorite', 'favourite')
    .replaceAll('color', 'colour')
    .replace(/^(?:the|own|new|old|little)\s+(?=\S)/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** "at Google" and "Google" are one workplace. */
const bare = (text: string): string => text.toLowerCase().replace(/^(?:(?:an?|the|as|at|for|in|with) )+/, '');

function keyOf({ kind, subject, value }: Fact): string {
  if (kind === 'taste') return `taste:${value.toLowerCase()}`;
  if (kind === 'allergy') return `allergy:${value.toLowerCase()}`;
  if (kind === 'note') return `note:${value.toLowerCase()}`;
  return kind === 'work' ? 'work' : `${kind}:${subject}`;
}
