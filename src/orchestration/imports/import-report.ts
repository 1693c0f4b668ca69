export type Part = 'users' | 'sessions' | 'messages';

/** Something that was not taken, or not whole. Ids only: what is said and who is who stays out of reports. */
export interface ImportProblem {
  part: Part;
  id: string;
  /** `left out`: nothing of it is here; `changed`: it is, but for this. */
  kind: 'left out' | 'changed';
  reason: string;
}

export interface PartCounts {
  read: number;
  added: number;
  /** Here already, from an earlier run. */
  known: number;
  leftOut: number;
}

const noCounts = (): PartCounts => ({ read: 0, added: 0, known: 0, leftOut: 0 });

/** What an import has done so far. */
export class ImportReport {
  readonly counts: Record<Part, PartCounts> = { users: noCounts(), sessions: noCounts(), messages: noCounts() };
  readonly problems: ImportProblem[] = [];
  /** Rows of sessions and messages whose owner is not there. */
  orphans = 0;

  leftOut(part: Part, id: string, reason: string): void {
    this.counts[part].leftOut += 1;
    this.problems.push({ part, id, kind: 'left out', reason });
  }

  changed(part: Part, id: string, reasons: readonly string[]): void {
    for (const reason of reasons) this.problems.push({ part, id, kind: 'changed', reason });
  }

  /** For people: counts, then each reason with how often it occurred. */
  text(): string {
    const lines = Object.entries(this.counts).map(
      ([part, { read, added, known, leftOut }]) =>
        `${part}: ${read} read, ${added} added, ${known} here already, ${leftOut} left out`,
    );
    const reasons = new Map<string, number>();
    for (const { part, kind, reason } of this.problems) {
      const line = `${part} ${kind}: ${reason}`;
      reasons.set(line, (reasons.get(line) ?? 0) + 1);
    }
    for (const [line, count] of reasons) lines.push(`  ${count} × ${line}`);
    if (this.orphans > 0) lines.push(`  ${this.orphans} × rows left out: their owner is not there`);
    return `${lines.join('\n')}\n`;
  }
}
