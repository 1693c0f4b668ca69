import { Injectable } from '@nestjs/common';
import { CozyError } from '../../core/errors/cozy.error.js';
import { PersonalEngines } from '../../engines/personal-engines.port.js';
import type { MemoryPage } from '../../engines/memory/memory.port.js';
import { AccountDataRepository } from '../../storage/accounts/account-data.repository.js';
import type { ExportSection } from './export-document.js';
import { codeOf } from './remote-forgetting.js';

/** A part that the export could not take, and why. */
export interface NotIncluded {
  part: string;
  provider: string;
  reason: string;
  message: string;
}

const PAGE = 100;
const PAGE_DEADLINE_MS = 15_000;

/** What an export holds: the tables of this database, and what remote engines can list. */
@Injectable()
export class ExportSectionsService {
  constructor(
    private readonly data: AccountDataRepository,
    private readonly engines: PersonalEngines,
  ) {}

  /** Undefined where the account is gone. */
  account(userId: string): Promise<Record<string, unknown> | undefined> {
    return this.data.account(userId);
  }

  /** Read while they are written out; what a service does not give is added to `missing` meanwhile. */
  sections(userId: string, missing: NotIncluded[], signal: AbortSignal): ExportSection[] {
    const { memory, profile, knowledge } = this.engines;
    const tables = this.data.tables.map((name) => ({ name, items: this.data.rows(name, userId, signal) }));
    const note = (part: string, provider: string) => (reason: string, message: string) =>
      missing.push({ part, provider, reason, message });
    if (knowledge?.engine.isRemote === true) {
      note('documents', knowledge.engine.provider)(
        'ENGINE_UNSUPPORTED',
        'The service lists documents on its own pages.',
      );
    }
    const remote: ExportSection[] = [];
    if (memory?.engine.isRemote === true) {
      const { engine } = memory;
      const page = (cursor: string | null) => engine.list(userId, PAGE, cursor, within(signal));
      remote.push({ name: 'service_memories', items: pages(page, note('service_memories', engine.provider)) });
    }
    if (profile?.engine.isRemote === true) {
      const { engine } = profile;
      const facts = () => engine.facts(userId, within(signal));
      remote.push({ name: 'service_profile_facts', items: all(facts, note('service_profile_facts', engine.provider)) });
    }
    return [...tables, ...remote];
  }
}

type Note = (reason: string, message: string) => void;

const within = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(PAGE_DEADLINE_MS)]);

async function* pages(read: (cursor: string | null) => Promise<MemoryPage>, note: Note): AsyncGenerator<object> {
  let cursor: string | null = null;
  let mayMiss = false;
  try {
    do {
      const page: MemoryPage = await read(cursor);
      for (const { id, text, createdAt, sessionId, messageId } of page.items) {
        yield { id, text, session_id: sessionId, message_id: messageId, created_at: createdAt };
      }
      mayMiss ||= page.mayMiss === true;
      cursor = page.nextCursor;
    } while (cursor !== null);
    if (mayMiss) note('PARTIAL', 'The service may remember more than it lists.');
  } catch (error) {
    note(codeOf(error), wordsOf(error));
  }
}

async function* all<Item extends object>(read: () => Promise<Item[]>, note: Note): AsyncGenerator<object> {
  try {
    yield* await read();
  } catch (error) {
    note(codeOf(error), wordsOf(error));
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof CozyError ? error.message : 'The service could not be asked.';
