import { useCallback, useEffect, useState } from 'preact/hooks';
import { ConfirmDialog } from '../components/confirm-dialog.js';
import { ErrorNote } from '../components/error-note.js';
import { formatCount, humanReason } from '../format.js';
import { useAboutApi } from '../services.js';
import { useLoaded } from '../use-sessions.js';
import type { Dataset, KnownDocument } from './about-types.js';
import { AddDocument } from './add-document.js';
import { DocumentSearch } from './document-search.js';
import { DeleteButton, KnownRow, When } from './known-row.js';
import { usePaged } from './use-paged.js';

/** The one that the personalities of this engine look into. */
const STANDARD = 'documents';
const WATCH_MS = 1500;

const STATUS: Record<KnownDocument['status'], string> = {
  pending: 'is being read',
  ready: 'ready',
  failed: 'could not be read',
};

const DocumentRow = ({ document, onDelete }: { document: KnownDocument; onDelete: () => void }) => {
  const title = document.title || 'Untitled';
  const reason = document.error_code ? `: ${humanReason(document.error_code.toLowerCase())}` : '';
  return (
    <KnownRow
      testId="document"
      notes={
        <>
          <When at={document.created_at} />
          <span class={`status ${document.status}`} data-testid="document-status">
            {STATUS[document.status] + reason}
          </span>
          {document.shared && <span>shared with everybody</span>}
        </>
      }
      // Only admins delete what is everybody's, by the API.
      actions={document.shared ? null : <DeleteButton what={title} onClick={onDelete} />}
    >
      <p class="plain">{title}</p>
    </KnownRow>
  );
};

interface DatasetsProps {
  names: string[];
  counts: Dataset[];
  chosen: string;
  onChoose: (name: string) => void;
}

const Datasets = ({ names, counts, chosen, onChoose }: DatasetsProps) => (
  <fieldset class="choice">
    <legend class="visually-hidden">Dataset</legend>
    {names.map((name) => {
      const count = counts.filter((one) => one.dataset === name).reduce((sum, one) => sum + one.documents, 0);
      return (
        <label key={name}>
          <input type="radio" name="dataset" checked={name === chosen} onChange={() => onChoose(name)} />
          <span>
            {name} ({formatCount(count)})
          </span>
        </label>
      );
    })}
  </fieldset>
);

type DocumentList = ReturnType<typeof useDocuments>;

function useDocuments(dataset: string) {
  const api = useAboutApi();
  const load = useCallback(
    (cursor: string | null, signal: AbortSignal) => api.documents(dataset, cursor, signal),
    [api, dataset],
  );
  return usePaged(load);
}

/** Looks at what is still being read until it is known. */
function useWatch({ items, replace }: DocumentList): void {
  const api = useAboutApi();
  const pending = items?.find(({ status }) => status === 'pending');
  useEffect(() => {
    if (!pending) return undefined;
    const look = async (): Promise<void> => {
      try {
        replace(await api.document(pending));
      } catch {
        // Deleted elsewhere, or offline: the list tells when it is read again.
        replace({ ...pending });
      }
    };
    const timer = setTimeout(() => void look(), WATCH_MS);
    return () => clearTimeout(timer);
  }, [pending]);
}

/** One dataset: mounted anew for another one. */
const DatasetView = ({ dataset, onChanged }: { dataset: string; onChanged: () => void }) => {
  const api = useAboutApi();
  const list = useDocuments(dataset);
  const [leaving, setLeaving] = useState<KnownDocument | null>(null);
  useWatch(list);
  const added = (): void => {
    void list.reload();
    onChanged();
  };
  const remove = async (document: KnownDocument): Promise<void> => {
    await api.removeDocument(document);
    list.drop(document);
    onChanged();
  };
  return (
    <>
      <AddDocument dataset={dataset} onAdded={added} />
      <DocumentSearch dataset={dataset} />
      {list.error && <ErrorNote error={list.error} onRetry={() => void list.reload()} />}
      {!list.error && !list.items && <p class="hint">Loading…</p>}
      {list.items?.length === 0 && <p class="hint">No documents here yet.</p>}
      <ul class="known-list" aria-label="Documents">
        {list.items?.map((document) => (
          <DocumentRow key={document.id} document={document} onDelete={() => setLeaving(document)} />
        ))}
      </ul>
      {list.hasMore && (
        <button type="button" class="button small" onClick={list.more}>
          Older documents
        </button>
      )}
      {leaving && (
        <ConfirmDialog
          title="Delete this document?"
          question={`“${leaving.title || 'Untitled'}” will be deleted. Companions will not find it any more.`}
          action="Delete"
          task={() => remove(leaving)}
          onClose={() => setLeaving(null)}
        />
      )}
    </>
  );
};

export const Documents = () => {
  const api = useAboutApi();
  const [chosen, setChosen] = useState(STANDARD);
  const { value, reload } = useLoaded(useCallback(() => api.datasets(), [api]));
  const names = [...new Set([STANDARD, ...(value ?? []).map(({ dataset }) => dataset)])];
  return (
    <section aria-label="Documents">
      <p class="lead">What your companions read before they answer, naming the source.</p>
      {names.length > 1 && <Datasets names={names} counts={value ?? []} chosen={chosen} onChoose={setChosen} />}
      <DatasetView key={chosen} dataset={chosen} onChanged={() => void reload()} />
    </section>
  );
};
