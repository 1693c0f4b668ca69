import type { SearchHit, SessionSummary } from '../api-types.js';
import { excerpt, formatWhen, splitByQuery } from '../format.js';
import { SEARCH_MIN, useSearch } from '../use-search.js';
import { ErrorNote } from './error-note.js';
import { titleOf } from './session-dialogs.js';

interface HitProps {
  hit: SearchHit;
  query: string;
  session: SessionSummary | undefined;
  onOpen: (sessionId: string, messageId?: string) => void;
}

const Hit = ({ hit, query, session, onOpen }: HitProps) => (
  <li class="row" data-testid="search-hit">
    <button type="button" class="row-main" onClick={() => onOpen(hit.session_id, hit.id)}>
      <span class="hit-text">
        {splitByQuery(excerpt(hit.content, query), query).map((part) =>
          part.hit ? <mark>{part.text}</mark> : <span>{part.text}</span>,
        )}
      </span>
      <span class="row-sub">
        <span>{session ? titleOf(session) : 'An older chat'}</span>
        <time dateTime={hit.created_at}>{formatWhen(hit.created_at, new Date())}</time>
      </span>
    </button>
  </li>
);

interface SearchResultsProps {
  query: string;
  sessions: SessionSummary[];
  onOpen: (sessionId: string, messageId?: string) => void;
}

function summary(query: string, count: number | null, hasMore: boolean): string {
  if (query.trim().length < SEARCH_MIN) return 'Keep typing…';
  if (count === null) return 'Searching…';
  if (count === 0) return 'Nothing found.';
  return `${count}${hasMore ? '+' : ''} ${count === 1 ? 'message' : 'messages'} found`;
}

export const SearchResults = ({ query, sessions, onOpen }: SearchResultsProps) => {
  const { hits, error, hasMore, more } = useSearch(query);
  return (
    <div class="session-list">
      {error ? (
        <ErrorNote error={error} />
      ) : (
        <p class="hint" role="status">
          {summary(query, hits?.length ?? null, hasMore)}
        </p>
      )}
      <ul aria-label="Messages found">
        {hits?.map((hit) => (
          <Hit
            key={hit.id}
            hit={hit}
            query={query}
            session={sessions.find((session) => session.session_id === hit.session_id)}
            onOpen={onOpen}
          />
        ))}
      </ul>
      {hasMore && (
        <button type="button" class="button small" onClick={more}>
          More results
        </button>
      )}
    </div>
  );
};
