import type { TokenAnswer, User } from './api-types.js';

export interface Tokens {
  access: string;
  refresh: string;
  user: User;
}

const KEY = 'cozy.tokens';
const VISITED_KEY = 'cozy.visited';

function parse(text: string | null): Tokens | null {
  if (!text) return null;
  try {
    const value: Partial<Tokens> | null = JSON.parse(text);
    const { access, refresh, user } = value ?? {};
    return access && refresh && user?.id ? { access, refresh, user } : null;
  } catch {
    // Not ours, or from another version of the page: signing in again mends it.
    return null;
  }
}

export function toTokens(answer: TokenAnswer, known?: User): Tokens {
  const user = answer.user ?? known ?? { id: 'me', username: 'you', email: '' };
  return { access: answer.access_token, refresh: answer.refresh_token, user };
}

/** Reads storage each time, never a copy: another tab may have renewed or dropped the tokens a moment ago. */
export class TokenStore {
  private readonly listeners = new Set<(tokens: Tokens | null) => void>();

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>) {}

  read(): Tokens | null {
    return parse(this.storage.getItem(KEY));
  }

  /** Whether anybody has signed in here before: they will rather sign in again than make another account. */
  visited(): boolean {
    return this.storage.getItem(VISITED_KEY) !== null;
  }

  write(tokens: Tokens | null): void {
    if (tokens) this.storage.setItem(KEY, JSON.stringify(tokens));
    else this.storage.removeItem(KEY);
    this.storage.setItem(VISITED_KEY, 'yes');
    this.notify();
  }

  subscribe(listener: (tokens: Tokens | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Signing out in one tab signs out the others. */
  followOtherTabs(target: Window): void {
    target.addEventListener('storage', (event) => {
      if (event.key === KEY || event.key === null) this.notify();
    });
  }

  private notify(): void {
    const tokens = this.read();
    for (const listener of this.listeners) listener(tokens);
  }
}
