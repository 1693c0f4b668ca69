import { countTokens } from '../../../core/util/token-estimate.js';
import { dateOf, type JsonRecord, numberOf, recordOf, recordsOf, textOf } from '../../lenient.js';
import type { ProfileFact } from '../profile.port.js';

/** What an answer says of its own success: undefined where it is no answer of Memobase's. */
export function errnoOf(body: unknown): number | undefined {
  const record = recordOf(body);
  if (record === undefined) return undefined;
  return 'errno' in record ? (numberOf(record['errno']) ?? undefined) : 0;
}

export const dataOf = (body: unknown): JsonRecord | undefined => recordOf(recordOf(body)?.['data']);

export function factsOf(body: unknown): ProfileFact[] {
  return recordsOf(dataOf(body)?.['profiles']).flatMap((item) => {
    const id = textOf(item['id']);
    const value = textOf(item['content']);
    if (id === undefined || value === undefined) return [];
    const attributes = recordOf(item['attributes']);
    const names = [attributes?.['topic'], attributes?.['sub_topic']].map(textOf).filter((name) => name !== undefined);
    const since = dateOf(item['updated_at']) ?? dateOf(item['created_at']) ?? new Date(0);
    return [{ id, key: names.join('.') || 'other', value, since, messageId: null }];
  });
}

/** The first lines that fit: the service counts in its own way, the budget of a prompt is ours. */
export function withinTokens(text: string, maxTokens: number): string {
  if (countTokens(text) <= maxTokens) return text;
  let left = maxTokens;
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    left -= countTokens(`${line}\n`);
    if (left < 0) break;
    kept.push(line);
  }
  return kept.join('\n');
}
