import { createHash } from 'node:crypto';
import type { Dataset, NewDocument } from '../knowledge.port.js';

const MOST_SLUG = 40;

const EXTENSIONS: Readonly<Record<NewDocument['contentType'], string>> = {
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/html': 'html',
  'application/pdf': 'pdf',
};

/** The words of a name that any file system and any dataset name accepts; for people who look into Cognee. */
const slug = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .slice(0, MOST_SLUG)
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();

const hashOf = (parts: readonly (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/** How the names of all datasets of an owner begin: what is a user's can be found, whatever it is called. */
export const cogneeOwner = (ownerId: string | null): string =>
  ownerId === null ? 'cozy-shared-' : `cozy-user-${hashOf(['owner', ownerId])}-`;

/**
 * Cognee knows one owner of all datasets, this server, and accepts neither spaces nor dots in names. A hash over owner
 * and name keeps any two apart.
 */
export function cogneeDataset({ ownerId, name }: Dataset): string {
  const words = slug(name);
  return `${cogneeOwner(ownerId)}${hashOf([ownerId, name])}${words === '' ? '' : `-${words}`}`;
}

/** The one thing of a document that Cognee gives back is its file name, so that holds the title and our id. */
export function cogneeFileName({ id, title, contentType }: Pick<NewDocument, 'id' | 'title' | 'contentType'>): string {
  return `${encodeURIComponent(title)
    .slice(0, 120)
    .replace(/%[0-9A-F]?$/i, '')}--${id}.${EXTENSIONS[contentType]}`;
}

/** The title and the id in a file name of ours; undefined for one that somebody else has added. */
export function namedDocument(fileName: string): { title: string; id: string } | undefined {
  const match = /^(?:.*\/)?(.*)--([^/]+?)(?:\.(?:txt|md|html|pdf))?$/.exec(fileName);
  if (match === null) return undefined;
  const [, title = '', id = ''] = match;
  return { title: decoded(title), id };
}

/** A title that was cut within a letter stays as it is. */
function decoded(title: string): string {
  try {
    return decodeURIComponent(title);
  } catch {
    return title;
  }
}
