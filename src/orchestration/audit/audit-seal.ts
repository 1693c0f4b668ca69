import { newId } from '../../core/util/ids.js';
import { storableJson, storableText } from '../../core/util/storable.js';
import type { AuditEventText, AuditRefusal, SealedEventText } from '../../storage/audit/audit-chain.repository.js';
import { type AuditKeyring, canonicalJson, canonicalValue, encode } from './audit-chain.js';
import type { AuditAction, AuditLevel, AuditOutcome } from './audit-event.js';

const MOST_IDS = 20;

/** An event as it is made. `details` is plain JSON without numbers that JSON writes with an exponent. */
export interface UnsealedEvent {
  action: AuditAction;
  level: AuditLevel;
  actorId: string | null;
  subject: string | null;
  requestId: string | null;
  outcome: AuditOutcome;
  details: Record<string, unknown>;
}

/** What an event's tag is made of: all its columns, `details` as canonical JSON. */
export const eventBytes = (event: AuditEventText & { keyId: string }): Buffer =>
  encode('event', [
    event.id,
    event.action,
    event.level,
    event.actorId,
    event.subject,
    event.requestId,
    event.outcome,
    event.details,
    event.createdAt,
    event.keyId,
  ]);

/** Gives an event its id, its time and its tag: from here on nobody without the key can change it unnoticed. */
export function seal(keys: AuditKeyring, event: UnsealedEvent): SealedEventText {
  const unsealed = { ...textOf(event), keyId: keys.currentId };
  return { ...unsealed, tag: keys.sign(eventBytes(unsealed)) };
}

function textOf({ action, level, actorId, subject, requestId, outcome, details }: UnsealedEvent): AuditEventText {
  return {
    id: newId(),
    action,
    level,
    actorId: storable(actorId),
    subject: storable(subject),
    requestId: storable(requestId),
    outcome,
    details: canonicalValue(JSON.parse(storableJson(details) ?? '{}')),
    createdAt: `${Date.now()}000`,
  };
}

const storable = (text: string | null) => (text === null ? null : storableText(text));

/** Parts what waits in the inbox into what one of us wrote and what is refused. */
export function sift(
  keys: AuditKeyring,
  events: readonly SealedEventText[],
): { sound: AuditEventText[]; refused: AuditRefusal[] } {
  const sound: AuditEventText[] = [];
  const refused: AuditRefusal[] = [];
  for (const { tag, keyId, ...event } of events) {
    if (!keys.knows(keyId)) refused.push({ id: event.id, why: 'key' });
    else if (isSealed(keys, { ...event, keyId }, tag)) sound.push(event);
    else refused.push({ id: event.id, why: 'tag' });
  }
  return { sound, refused };
}

function isSealed(keys: AuditKeyring, event: AuditEventText & { keyId: string }, tag: string): boolean {
  try {
    return keys.verifies(event.keyId, eventBytes({ ...event, details: canonicalJson(event.details) }), tag);
  } catch {
    // Details that are no JSON, or nest too deeply to be read, were not written by us.
    return false;
  }
}

/** What the log and the chain say of refused events. */
export const refusalDetails = (refused: readonly AuditRefusal[]) => ({
  refused: refused.length,
  key_unknown: refused.filter(({ why }) => why === 'key').length,
  ids: refused.slice(0, MOST_IDS).map(({ id }) => id),
});

/** The event that puts refused ones on record. */
export const refusalEvent = (refused: readonly AuditRefusal[]): AuditEventText =>
  textOf({
    action: 'audit.events_refused',
    level: 'critical',
    actorId: null,
    subject: null,
    requestId: null,
    outcome: 'refused',
    details: refusalDetails(refused),
  });
