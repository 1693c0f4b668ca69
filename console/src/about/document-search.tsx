import { useState } from 'preact/hooks';
import { ErrorNote } from '../components/error-note.js';
import { Icon } from '../components/icon.js';
import { useAboutApi } from '../services.js';
import { useTask } from '../use-task.js';
import type { Passage } from './about-types.js';

/** What a companion would find in a dataset, with the source that it would name. */
export const DocumentSearch = ({ dataset }: { dataset: string }) => {
  const api = useAboutApi();
  const [query, setQuery] = useState('');
  const [passages, setPassages] = useState<Passage[] | null>(null);
  const search = useTask(
    async () => setPassages(await api.searchDocuments(dataset, query.trim())),
    () => undefined,
  );
  return (
    <>
      <form
        class="about-bar"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (query.trim()) search.run();
        }}
      >
        <div class="search-field">
          <Icon name="search" />
          <input
            type="search"
            aria-label="Search your documents"
            placeholder="Search your documents"
            maxLength={2000}
            value={query}
            onInput={(event) => {
              setQuery(event.currentTarget.value);
              setPassages(null);
            }}
          />
        </div>
        <button type="submit" class="button small" disabled={search.pending || query.trim() === ''}>
          Search
        </button>
      </form>
      {search.error && <ErrorNote error={search.error} />}
      <p class="hint" role="status">
        {passages && (passages.length === 0 ? 'Nothing found.' : `${passages.length} found, the best first.`)}
      </p>
      <ul class="known-list" aria-label="Passages found">
        {passages?.map((passage) => (
          <li class="known" data-testid="passage">
            <div class="known-text">
              <p class="plain">{passage.text}</p>
              <p class="known-notes">{passage.source}</p>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
};
