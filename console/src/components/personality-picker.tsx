import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, toApiError } from '../api-error.js';
import type { Personality } from '../api-types.js';
import type { Loaded } from '../use-sessions.js';
import { Avatar } from './avatar.js';
import { ErrorNote } from './error-note.js';

interface CardProps {
  personality: Personality;
  disabled: boolean;
  onPick: () => void;
}

const PersonalityCard = ({ personality, disabled, onPick }: CardProps) => (
  <li>
    <button type="button" class="card" disabled={disabled} onClick={onPick}>
      <Avatar id={personality.id} name={personality.name} icon={personality.icon} url={personality.avatar_url} large />
      <span class="card-text">
        <span class="card-name">{personality.name}</span>
        {personality.description && <span class="card-description">{personality.description}</span>}
        {(personality.tags?.length ?? 0) > 0 && (
          <span class="tags">
            {personality.tags?.slice(0, 4).map((tag) => (
              <span key={tag}>{tag}</span>
            ))}
          </span>
        )}
      </span>
    </button>
  </li>
);

interface PickerProps {
  personalities: Loaded<Personality[]>;
  username: string;
  onStart: (personalityId: string) => Promise<void>;
}

/** The default one first: it is what most people want, and it needs no search. */
const ordered = (list: Personality[]): Personality[] =>
  list.toSorted((a, b) => Number(b.is_default ?? false) - Number(a.is_default ?? false));

export const PersonalityPicker = ({ personalities, username, onStart }: PickerProps) => {
  const [starting, setStarting] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
  }, []);
  const start = async (id: string): Promise<void> => {
    setStarting(true);
    setError(null);
    try {
      await onStart(id);
    } catch (cause) {
      setError(toApiError(cause));
      setStarting(false);
    }
  };
  const { value, error: loadError, reload } = personalities;
  return (
    <div class="picker">
      <h1 ref={heading} tabIndex={-1}>
        Hello, {username}.
      </h1>
      <p class="lead">Who would you like to talk to?</p>
      {error && <ErrorNote error={error} />}
      {loadError && <ErrorNote error={loadError} onRetry={() => void reload()} />}
      {!value && !loadError && <p class="hint">Loading…</p>}
      {value?.length === 0 && <p class="hint">No personality is set up on this server yet.</p>}
      <ul class="cards" aria-label="Personalities">
        {ordered(value ?? []).map((personality) => (
          <PersonalityCard
            key={personality.id}
            personality={personality}
            disabled={starting}
            onPick={() => void start(personality.id)}
          />
        ))}
      </ul>
    </div>
  );
};
