import { readFileSync } from 'node:fs';
import path from 'node:path';
import { saveResult, store } from './result.js';
import { Logger } from '../src/core/logging/logger.js';
import { newId } from '../src/core/util/ids.js';
import { DemoEngine } from '../src/engines/ai/demo.engine.js';
import { BuiltinMemoryEngine } from '../src/engines/memory/builtin/builtin-memory.engine.js';
import type { MemoryMessage } from '../src/engines/memory/memory.port.js';
import { MemoryRepository } from '../src/storage/memories/memory.repository.js';
import { OneEngineCatalog } from '../test/fakes/ai-catalog.js';
import { emptyDatabase, storedUser } from '../test/setup/test-database.js';
import { percentile } from './load.js';
import { plainBm25 } from './recall/plain-bm25.js';

// Whether the turn that holds an answer is among those found: long invented conversations of two friends, fed to the
// real engine on a database (embedded, or `TEST_LANE=services TEST_DATABASE_URL=…`), and asked about in other words.
// Weights were tuned on the conversations of use "tune"; those of use "report" tell.

const ROOT = path.resolve(import.meta.dirname, '..');
const DIALOGUES = [
  'nora-theo',
  'xiaoyu-ajie',
  'priya-sam',
  'marta-jonah',
  'laochen-meimei',
  'daniela-owen',
  'hana-victor',
];
const AT = [1, 5, 10, 20];
const signal = new AbortController().signal;

type Turn = [id: string, speaker: string, text: string];
interface Dialogue {
  name: string;
  language: string;
  use: 'tune' | 'report';
  /** Those that say more in a turn are counted apart. */
  turns?: 'long';
  speakers: [string, string];
  sessions: { started_at: string; turns: Turn[] }[];
  questions: [category: string, question: string, evidence: string[]][];
}
/** The turn ids that a search found, the nearest first. */
type Search = (question: string) => Promise<string[]>;

const dialogues = DIALOGUES.map(
  (name) => JSON.parse(readFileSync(path.join(ROOT, `bench/recall/${name}.json`), 'utf8')) as Dialogue,
);
const turnsOf = ({ sessions }: Dialogue) => sessions.flatMap(({ turns }) => turns);

function messagesOf({ speakers }: Dialogue, startedAt: string, turns: Turn[], ids: Map<string, string>) {
  return turns.map(([id, speaker, content], at): MemoryMessage => {
    const message = newId();
    ids.set(message, id);
    const createdAt = new Date(Date.parse(startedAt) + at * 60_000);
    return { id: message, role: speaker === speakers[0] ? 'user' : 'assistant', content, createdAt };
  });
}

const test = await emptyDatabase();
await test.dataSource.runMigrations();
const engine = new BuiltinMemoryEngine(
  new MemoryRepository(test.database),
  new OneEngineCatalog(new DemoEngine({ tokenDelayMs: 0 })),
  new Logger('silent'),
  { extraction: 'rules', embeddings: false },
);
const times: number[] = [];
/** Of all threads, also the embedded database's: it tells more than the clock where the machine is busy. */
let cpuMicroseconds = 0;

function searchOf(userId: string, turnOf: Map<string, string>, by: 'id' | 'messageId'): Search {
  return async (question) => {
    const [startedAt, usedBefore] = [performance.now(), process.cpuUsage()];
    const found = await engine.search(question, { userId, sessionId: null }, 20, signal);
    times.push(performance.now() - startedAt);
    const used = process.cpuUsage(usedBefore);
    cpuMicroseconds += used.user + used.system;
    return found.map((memory) => turnOf.get(memory[by] ?? '') ?? '');
  };
}

/** As chats bring them: one speaker is the user, the other the companion; `size` messages a turn. */
async function asChat(dialogue: Dialogue, size: number): Promise<Search> {
  const userId = await storedUser(test.database);
  const turnOf = new Map<string, string>();
  for (const { started_at: startedAt, turns } of dialogue.sessions) {
    const sessionId = newId();
    const messages = messagesOf(dialogue, startedAt, turns, turnOf);
    for (let at = 0; at < messages.length; at += size) {
      const part = messages.slice(at, at + size);
      await engine.addAll([{ userId, sessionId, turnId: newId(), personalityId: 'cozy', messages: part }], signal);
    }
  }
  return searchOf(userId, turnOf, 'messageId');
}

/** As POST /v1/memories brings them, with the speaker's name before the text. */
async function asKept(dialogue: Dialogue): Promise<Search> {
  const userId = await storedUser(test.database);
  const turnOf = new Map<string, string>();
  for (const [id, speaker, text] of turnsOf(dialogue)) {
    turnOf.set((await engine.remember(userId, `${speaker}: ${text}`, signal)).id, id);
  }
  return searchOf(userId, turnOf, 'id');
}

/** The same with the day before the name, and as the time at which it was said. */
async function asDated(dialogue: Dialogue): Promise<Search> {
  const userId = await storedUser(test.database);
  const turnOf = new Map<string, string>();
  for (const { started_at: startedAt, turns } of dialogue.sessions) {
    const createdAt = new Date(startedAt);
    const day = createdAt.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
    for (const [id, speaker, text] of turns) {
      turnOf.set((await engine.remember(userId, `[${day}] ${speaker}: ${text}`, signal, { createdAt })).id, id);
    }
  }
  return searchOf(userId, turnOf, 'id');
}

function asBaseline(dialogue: Dialogue): Promise<Search> {
  const turns = turnsOf(dialogue);
  const search = plainBm25(turns.map(([, speaker, text]) => `${speaker}: ${text}`));
  return Promise.resolve((question) => Promise.resolve(search(question).map((at) => turns[at]?.[0] ?? '')));
}

const WAYS = {
  baseline_bm25: asBaseline,
  chat_turns: (dialogue: Dialogue) => asChat(dialogue, 2),
  single_messages: (dialogue: Dialogue) => asChat(dialogue, 1),
  kept_texts: asKept,
  dated_texts: asDated,
};

/** By label, the share of evidence found for each question among the first 1, 5, 10 and 20. */
const shares = new Map<string, number[][]>();

async function measure(way: string, dialogue: Dialogue, search: Search): Promise<void> {
  const { name, language, use, turns } = dialogue;
  for (const [category, question, evidence] of dialogue.questions) {
    const found = await search(question);
    const share = AT.map((most) => evidence.filter((id) => found.slice(0, most).includes(id)).length / evidence.length);
    const all = `${use}/${language}${turns === 'long' ? '_long' : ''}`;
    for (const group of [`${use}/all`, all, `${use}/${category}`, `dialogue/${name}`]) {
      const label = `${group}/${way}`;
      shares.set(label, [...(shares.get(label) ?? []), share]);
    }
  }
}

const mean = (rows: number[][], at: number) =>
  Math.round((rows.reduce((sum, row) => sum + (row[at] ?? 0), 0) / rows.length) * 1000) / 1000;
const rounded = (ms: number) => Math.round(ms * 100) / 100;

try {
  for (const dialogue of dialogues) {
    for (const [way, feed] of Object.entries(WAYS)) await measure(way, dialogue, await feed(dialogue));
  }
  const recall: Record<string, Record<string, Record<string, number>>> = {};
  for (const [label, rows] of [...shares].toSorted(([a], [b]) => a.localeCompare(b))) {
    const [use = '', part = '', way = ''] = label.split('/');
    const values = Object.fromEntries(AT.map((most, at) => [`r${most}`, mean(rows, at)]));
    (recall[`${use}_${part}`] ??= {})[way] = { questions: rows.length, ...values };
  }
  await saveResult(`recall-${store}`, 'recall', {
    turns: dialogues.reduce((sum, dialogue) => sum + turnsOf(dialogue).length, 0),
    ms_p50: rounded(percentile(times, 0.5)),
    ms_p95: rounded(percentile(times, 0.95)),
    cpu_ms_mean: rounded(cpuMicroseconds / 1000 / times.length),
    recall,
  });
} finally {
  await test.remove();
}
