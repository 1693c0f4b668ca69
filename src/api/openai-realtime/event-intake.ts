import { TokenBucket } from '../../core/util/token-bucket.js';

/** Sound comes fifty times a second, and the rest of a few seconds at once where the network held it back. */
const EVENTS_PER_SECOND = 200;
const MOST_EVENTS = 1000;
/** PCM16 at 24 kHz in base64 takes 64 KB a second; what was recorded may come at once, and then at four times its pace. */
const CHARACTERS_PER_SECOND = 4 * 64_000;
const MOST_CHARACTERS = 60 * 64_000;
/** How many events too many before a client that does not listen is let go. */
const PATIENCE = 200;

/** Bounds how much and how often a client says something. */
export class EventIntake {
  readonly limit = MOST_EVENTS;
  readonly events = new TokenBucket(EVENTS_PER_SECOND, Date.now(), MOST_EVENTS);
  private readonly characters = new TokenBucket(CHARACTERS_PER_SECOND, Date.now(), MOST_CHARACTERS);
  private refused = 0;

  judge({ length }: string, now: number): 'ok' | 'too-much' | 'hopeless' {
    if (this.events.take(now) && this.characters.take(now, length)) return 'ok';
    this.refused += 1;
    return this.refused > PATIENCE ? 'hopeless' : 'too-much';
  }
}
