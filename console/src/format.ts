import type { Usage } from './api-types.js';
import type { TokenTotal } from './transcript.js';

const DAY_MS = 86_400_000;

export function formatCount(value: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** "≈" where the server counted for itself because the provider did not say. */
export function usageText(usage: Usage, locale?: string): string {
  const about = usage.estimated ? '≈ ' : '';
  return `${about}${formatCount(usage.total_tokens, locale)} ${usage.total_tokens === 1 ? 'token' : 'tokens'}`;
}

export function totalText(total: TokenTotal, locale?: string): string {
  const sign = [total.partial ? '≥ ' : '', total.estimated ? '≈ ' : ''].find((part) => part !== '') ?? '';
  return `${sign}${formatCount(total.tokens, locale)} ${total.tokens === 1 ? 'token' : 'tokens'}`;
}

const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** Timestamps without a zone are UTC by contract; `Date` would read them as local. */
export function parseTime(iso: string): Date {
  return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
}

/** Short enough for a list: the time today, the weekday this week, else the date. */
export function formatWhen(iso: string, now: Date, locale?: string): string {
  const date = parseTime(iso);
  if (Number.isNaN(date.getTime())) return '';
  const days = Math.round((midnight(now) - midnight(date)) / DAY_MS);
  if (days <= 0) return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(date);
  if (days === 1) return 'Yesterday';
  if (days < 7) return new Intl.DateTimeFormat(locale, { weekday: 'long' }).format(date);
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year }).format(date);
}

export function formatMoment(iso: string, locale?: string): string {
  const date = parseTime(iso);
  if (Number.isNaN(date.getTime())) return '';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

/** `memory_timeout` → `memory timeout`: reasons are codes made for programs. */
export function humanReason(reason: string): string {
  return reason.replaceAll(/[._]+/g, ' ').trim();
}

/** The piece of a long message around what was searched for. */
export function excerpt(text: string, query: string, length = 90): string {
  const flat = text
    .replaceAll(/\*\*|`+/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (flat.length <= length) return flat;
  const at = Math.max(0, flat.toLowerCase().indexOf(query.trim().toLowerCase()));
  const wanted = Math.max(0, Math.min(at - Math.floor(length / 3), flat.length - length));
  // Back to the start of the word it falls into.
  const start = wanted === 0 ? 0 : flat.lastIndexOf(' ', wanted) + 1;
  const piece = flat.slice(start, start + length).trim();
  return `${start > 0 ? '…' : ''}${piece}${start + length < flat.length ? '…' : ''}`;
}

/** Text cut into parts that match the query and parts that do not, for marking. */
export function splitByQuery(text: string, query: string): { text: string; hit: boolean }[] {
  const needle = query.trim();
  if (!needle) return [{ text, hit: false }];
  const escaped = needle.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const parts = text.split(new RegExp(`(${escaped})`, 'gi'));
  return parts.map((part, index) => ({ text: part, hit: index % 2 === 1 })).filter((part) => part.text !== '');
}

/** A steady colour for each personality, out of the few the style sheet knows. */
export function tintOf(id: string, tints = 6): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return sum % tints;
}
