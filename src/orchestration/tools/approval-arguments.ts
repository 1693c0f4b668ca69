import { CozyError } from '../../core/errors/cozy.error.js';
import { redact } from '../../core/logging/redact.js';

const MOST_CHARACTERS = 8000;
const MOST_DEPTH = 20;
/** What `redact` shows of a list. */
const MOST_ENTRIES = 100;

/**
 * Arguments as whoever says yes sees them: secrets hidden, but nothing cut, as nobody may say yes to what they cannot
 * see. Throws TOOL_ARGUMENTS_INVALID where they are too much to be shown.
 */
export function shownToApprovers(args: Record<string, unknown>): Record<string, unknown> {
  if (JSON.stringify(args).length > MOST_CHARACTERS || !fits(args, 0)) {
    throw new CozyError('TOOL_ARGUMENTS_INVALID', {
      message: `This call must be approved by a person: its arguments may have ${MOST_CHARACTERS} characters at most, and lists of ${MOST_ENTRIES} entries.`,
    });
  }
  return redact(args, MOST_DEPTH + 1) as Record<string, unknown>;
}

function fits(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth >= MOST_DEPTH || (Array.isArray(value) && value.length > MOST_ENTRIES)) return false;
  return Object.values(value).every((entry) => fits(entry, depth + 1));
}
