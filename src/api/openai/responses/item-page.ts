import { CozyError } from '../../../core/errors/cozy.error.js';

export interface PageWish {
  limit?: number;
  order?: 'asc' | 'desc';
  after?: string;
}

const USUAL_LIMIT = 20;

/** The protocol's form of a list; newest first where the caller does not say. */
export function listBody<Item extends { id: string }>(items: Item[], hasMore: boolean) {
  const first_id = items[0]?.id ?? null;
  return { object: 'list' as const, data: items, first_id, last_id: items.at(-1)?.id ?? null, has_more: hasMore };
}

/** One page of a list that is in memory, oldest first. */
export function pageOf<Item extends { id: string }>(items: readonly Item[], wish: PageWish) {
  const { limit = USUAL_LIMIT, order = 'desc', after } = wish;
  const ordered = order === 'desc' ? items.toReversed() : [...items];
  const start = after ? ordered.findIndex(({ id }) => id === after) + 1 : 0;
  if (after && start === 0) {
    throw new CozyError('RESOURCE_NOT_FOUND', { message: 'There is no such item here.', param: 'after' });
  }
  return listBody(ordered.slice(start, start + limit), start + limit < ordered.length);
}
