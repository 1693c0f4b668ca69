import type { Principal } from '../../../core/domain/principal.js';
import type { ResponseService } from '../../../orchestration/responses/response.service.js';
import { referencesOf } from './input-items.js';
import { readWireId } from './item-ids.js';
import { itemsOf } from './message-items.js';

/** Items that an input names without saying them, by id: they are the caller's own, or the input is refused. */
export async function referencedItems(
  responses: ResponseService,
  input: unknown,
  principal: Principal,
): Promise<Map<string, object>> {
  const ids = referencesOf(input).flatMap((id) => readWireId(id)?.uuid ?? []);
  const rows = await responses.messagesById(ids, principal);
  return new Map(rows.flatMap(itemsOf).map((item) => [item.id, item]));
}
