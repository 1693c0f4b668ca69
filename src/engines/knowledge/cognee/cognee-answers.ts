import { type JsonRecord, recordOf, recordsOf, textOf } from '../../lenient.js';
import type { Passage } from '../knowledge.port.js';
import { namedDocument } from './cognee-names.js';

const MOST_DEPTH = 4;

/**
 * The passages of a CHUNKS search, best first. Without access control Cognee answers with a list of chunks, with it
 * with one entry a dataset that holds such a list; some versions wrap lists in lists, some chunks are mere texts.
 *
 * @param names what the datasets asked for are called by us; others are not shown, whatever the service says.
 */
export function passagesOf(body: unknown, names: ReadonlyMap<string, string>): Passage[] | undefined {
  if (!Array.isArray(body)) return undefined;
  const only = new Set(names.values()).size === 1 ? [...names.values()][0] : undefined;
  const found = chunksOf(body, undefined, MOST_DEPTH).filter(
    ({ dataset }) => dataset === undefined || names.has(dataset),
  );
  return found.map(({ chunk, dataset }, rank) => ({
    ...documentOf(chunk),
    text: textOf(chunk['text']) ?? '',
    dataset: (dataset === undefined ? only : names.get(dataset)) ?? '',
    // Cognee gives distances, ranks or nothing, by version; the order is what can be relied upon.
    score: 1 / (1 + rank),
  }));
}

/** What the service holds, ours and others'; undefined where the answer is no list. */
export function datasetsOf(body: unknown): { id: string; name: string }[] | undefined {
  if (!Array.isArray(body)) return undefined;
  return recordsOf(body).flatMap((record) => {
    const id = textOf(record['id']);
    const name = textOf(record['name']);
    return id === undefined || name === undefined ? [] : [{ id, name }];
  });
}

interface Found {
  chunk: JsonRecord;
  dataset: string | undefined;
}

function chunksOf(value: unknown, dataset: string | undefined, depth: number): Found[] {
  if (depth === 0) return [];
  if (Array.isArray(value)) return value.flatMap((item) => chunksOf(item, dataset, depth - 1));
  if (typeof value === 'string') return value.trim() === '' ? [] : [{ chunk: { text: value }, dataset }];
  const record = recordOf(value);
  if (record === undefined) return [];
  const named = textOf(record['dataset_name']) ?? dataset;
  if ('search_result' in record) return chunksOf(record['search_result'], named, depth - 1);
  return textOf(record['text']) === undefined ? [] : [{ chunk: record, dataset: named }];
}

function documentOf(chunk: JsonRecord): { source: string; documentId: string } {
  const part = recordOf(chunk['is_part_of']);
  const name = [chunk['document_name'], part?.['name'], chunk['name'], chunk['file_name']].map(textOf).find(Boolean);
  const ours = name === undefined ? undefined : namedDocument(name);
  if (ours !== undefined) return { source: ours.title, documentId: ours.id };
  const id = [chunk['document_id'], part?.['id'], chunk['is_part_of'], chunk['id']].map(textOf).find(Boolean);
  return { source: name ?? '', documentId: id ?? '' };
}
