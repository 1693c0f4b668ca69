import type { ForeignRow } from '../../storage/imports/foreign-database.repository.js';
import type {
  Arrival,
  ImportedMessage,
  ImportedSession,
  ImportRepository,
} from '../../storage/imports/import.repository.js';
import { messageOf, sessionOf, userOf } from './cozychat-rows.js';
import type { CozyChatSource } from './cozychat-source.js';
import { ImportReport, type Part } from './import-report.js';

export interface ImportOptions {
  keepAdmins: boolean;
  /** Reads and reports, and stores nothing. */
  isDryRun: boolean;
  /** Told of every user that is done with. */
  onProgress?: (report: ImportReport) => void;
}

const REASONS: Record<'taken' | 'deleted', string> = {
  taken: 'its id, or the user name or e-mail address, belongs to somebody else here',
  deleted: 'it was brought before and has been deleted here since',
};

/**
 * Brings what a CozyChat has: users one after the other, each session with its messages in one transaction. It may be
 * broken off and begun again, and run again when more has been said there: what is here already is left as it is.
 */
export class CozyChatImport {
  readonly report = new ImportReport();

  constructor(
    private readonly source: CozyChatSource,
    private readonly target: ImportRepository,
    private readonly options: ImportOptions,
  ) {}

  async run(): Promise<ImportReport> {
    for await (const row of this.source.users()) {
      await this.bringUser(row);
      this.options.onProgress?.(this.report);
    }
    this.report.orphans = this.source.orphans();
    return this.report;
  }

  private async bringUser(row: ForeignRow): Promise<void> {
    const id = String(row['id']);
    this.report.counts.users.read += 1;
    const taken = userOf(row, await this.source.profileOf(id), this.options);
    if ('refused' in taken) return this.report.leftOut('users', id, taken.refused);
    const arrival = this.options.isDryRun ? 'new' : await this.target.addUser(taken.record);
    if (!this.note('users', id, arrival, taken.notes)) return;
    for await (const session of this.source.sessionsOf(id)) await this.bringSession(session, taken.record.id);
  }

  private async bringSession(row: ForeignRow, userId: string): Promise<void> {
    const id = String(row['id']);
    this.report.counts.sessions.read += 1;
    const taken = sessionOf(row, userId);
    if ('refused' in taken) return this.report.leftOut('sessions', id, taken.refused);
    const messages = await this.messagesOf(id);
    const { arrival, added } = await this.add(taken.record, messages);
    if (!this.note('sessions', id, arrival, taken.notes)) return;
    const { counts } = this.report;
    counts.messages.added += added;
    counts.messages.known += messages.length - added;
  }

  private async add(
    session: ImportedSession,
    messages: ImportedMessage[],
  ): Promise<{ arrival: Arrival; added: number }> {
    if (this.options.isDryRun) return { arrival: 'new', added: messages.length };
    return this.target.addSession(session, messages);
  }

  /** In the order in which they were said. */
  private async messagesOf(sessionId: string): Promise<ImportedMessage[]> {
    const messages: ImportedMessage[] = [];
    for await (const row of this.source.messagesOf(sessionId)) {
      const id = String(row['id']);
      this.report.counts.messages.read += 1;
      const taken = messageOf(row);
      if ('refused' in taken) this.report.leftOut('messages', id, taken.refused);
      else {
        messages.push(taken.record);
        this.report.changed('messages', id, taken.notes);
      }
    }
    return messages.toSorted((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? -1 : 1));
  }

  /** Whether it is here now. */
  private note(part: Part, id: string, arrival: Arrival, notes: readonly string[]): boolean {
    if (arrival === 'taken' || arrival === 'deleted') {
      this.report.leftOut(part, id, REASONS[arrival]);
      return false;
    }
    this.report.counts[part][arrival === 'new' ? 'added' : 'known'] += 1;
    if (arrival === 'new') this.report.changed(part, id, notes);
    return true;
  }
}
