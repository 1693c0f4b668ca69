import { boundedText } from './bounded-text.js';
import { isRecord } from './json-value.js';
import { toolNames } from './tool-names.js';
import { checkedSchema } from './tool-schema.js';

const MOST_PAGES = 50;
const MOST_TOOLS = 500;
const MOST_NAME = 256;
const MOST_CURSOR = 65_536;
/** What OpenAI accepts. */
const MOST_DESCRIPTION = 1024;
const MOST_DROPPED_NAMED = 20;

/** A tool as its server lists it, checked and bounded. */
export interface ListedTool {
  /** Its server's own name for it. */
  readonly ownName: string;
  /** The name by which models call it. */
  readonly name: string;
  readonly description: string;
  readonly parameters: Record<string, unknown>;
}

export interface ToolListing {
  readonly tools: readonly ListedTool[];
  /** What is not offered, and why; the first few. */
  readonly dropped: readonly string[];
}

export const NO_TOOLS: ToolListing = { tools: [], dropped: [] };

type UnnamedTool = Omit<ListedTool, 'name'>;

/** Asks for page after page of `tools/list`; a server that never ends is left with what it has said so far. */
export async function listTools(server: string, page: (cursor?: string) => Promise<unknown>): Promise<ToolListing> {
  const found = new Map<string, UnnamedTool>();
  const dropped: string[] = [];
  const drop = (problem: string): void => {
    if (dropped.length < MOST_DROPPED_NAMED) dropped.push(problem);
  };
  const cursors = new Set<string>();
  let cursor: string | undefined;
  let pages = 0;
  do {
    if (cursor !== undefined) cursors.add(cursor);
    pages++;
    const answer = await page(cursor);
    for (const entry of entriesOf(answer)) takeOver(entry, found, drop);
    cursor = nextCursorOf(answer, cursors);
  } while (cursor !== undefined && pages < MOST_PAGES && found.size < MOST_TOOLS);
  if (cursor !== undefined) drop('the list is longer than is read');
  const tools = [...found.values()];
  const names = toolNames(
    server,
    tools.map(({ ownName }) => ownName),
  );
  return { tools: tools.map((tool, at) => ({ ...tool, name: names[at] ?? '' })), dropped };
}

function entriesOf(answer: unknown): readonly unknown[] {
  return isRecord(answer) && Array.isArray(answer['tools']) ? answer['tools'] : [];
}

function nextCursorOf(answer: unknown, seen: ReadonlySet<string>): string | undefined {
  const next = isRecord(answer) ? answer['nextCursor'] : undefined;
  return typeof next === 'string' && next.length <= MOST_CURSOR && !seen.has(next) ? next : undefined;
}

function takeOver(entry: unknown, found: Map<string, UnnamedTool>, drop: (problem: string) => void): void {
  const ownName = isRecord(entry) ? entry['name'] : undefined;
  if (!isRecord(entry) || typeof ownName !== 'string' || ownName === '' || ownName.length > MOST_NAME) {
    drop('a tool without a proper name');
    return;
  }
  const problem = problemOf(entry, found.size, found.has(ownName));
  const checked = problem === undefined ? checkedSchema(entry['inputSchema']) : { problem };
  if ('problem' in checked) drop(`${boundedText(ownName, 64)}: ${checked.problem}`);
  else found.set(ownName, { ownName, description: descriptionOf(entry, ownName), parameters: checked.schema });
}

function problemOf(entry: Record<string, unknown>, count: number, isKnown: boolean): string | undefined {
  if (isKnown) return 'it is listed twice';
  if (count >= MOST_TOOLS) return 'the server has too many tools';
  const { execution } = entry;
  // A long-running task is asked for in another way, which this client does not speak.
  return isRecord(execution) && execution['taskSupport'] === 'required' ? 'it can only be run as a task' : undefined;
}

function descriptionOf(entry: Record<string, unknown>, ownName: string): string {
  const annotations = isRecord(entry['annotations']) ? entry['annotations'] : {};
  const words = [entry['description'], entry['title'], annotations['title'], ownName];
  const text = words.find((candidate): candidate is string => typeof candidate === 'string' && candidate.trim() !== '');
  return boundedText(text ?? ownName, MOST_DESCRIPTION);
}
