import { instantOf } from '../core/util/instant.js';

/** Reading what a service sent without trust in its shape: what does not fit is absent, never an error. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function recordOf(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

/** Its records; empty where it is no list. */
export function recordsOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.map(recordOf).filter((item) => item !== undefined) : [];
}

/** A text with something in it. Numbers are read as text: some products number what others name. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** An ISO date; without a zone it is UTC. */
export const dateOf = (value: unknown): Date | null => (typeof value === 'string' ? (instantOf(value) ?? null) : null);
