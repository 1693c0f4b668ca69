import type { ApiError } from './api-error.js';
import type { AnswerMetadata, SessionDetail, StoredMessage, Usage } from './api-types.js';
import type { ChatPart } from './chat-stream.js';

/** `streaming` until the stream ends; `cut` is stopped by the user or by the model's length limit. */
export type EntryState = 'done' | 'streaming' | 'interrupted' | 'cut' | 'failed';

export interface Entry {
  key: string;
  role: 'user' | 'assistant';
  text: string;
  /** Names of the functions it called. */
  calls: string[];
  at: string;
  state: EntryState;
  /** Made while the page was open: only these are read out by a screen reader. */
  live: boolean;
  voice: boolean;
  usage: Usage | null;
  metadata: AnswerMetadata | null;
  error: ApiError | null;
}

export type TranscriptAction =
  | { type: 'loaded'; detail: SessionDetail }
  | { type: 'asked'; key: string; text: string; at: string }
  | { type: 'retried'; key: string; at: string }
  | { type: 'part'; key: string; part: ChatPart }
  | { type: 'stopped'; key: string }
  | { type: 'failed'; key: string; error: ApiError };

const blank: Pick<Entry, 'calls' | 'live' | 'voice' | 'usage' | 'metadata' | 'error'> = {
  calls: [],
  live: true,
  voice: false,
  usage: null,
  metadata: null,
  error: null,
};

/** Content may be a string or OpenAI's list of parts; only the words are shown. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts: ({ text?: unknown } | null)[] = content;
  const texts = parts.map((part) => part?.text);
  return texts.filter((text) => typeof text === 'string').join('\n');
}

type Told = Pick<Entry, 'state' | 'voice' | 'usage' | 'metadata'>;

const toldBy = (metadata: StoredMessage['metadata']): Told => ({
  state: metadata?.interrupted === true ? 'interrupted' : 'done',
  voice: metadata?.is_voice_call === true,
  usage: metadata?.usage ?? null,
  metadata: metadata ?? null,
});

const callsOf = ({ tool_calls }: StoredMessage): string[] =>
  (tool_calls ?? []).map((call) => call?.function?.name || 'a function');

function fromStored(message: StoredMessage): Entry[] {
  const { id, role, content, created_at, metadata } = message;
  // System and tool messages are the machinery's own.
  if (role !== 'user' && role !== 'assistant') return [];
  const text = contentText(content);
  const told = toldBy(metadata);
  const calls = callsOf(message);
  // What has neither words nor calls says nothing, unless it was meant to go on.
  if (!text && calls.length === 0 && told.state === 'done') return [];
  return [{ ...blank, ...told, key: id, role, text, calls, at: created_at, live: false }];
}

const answerTo = (key: string, at: string): Entry => ({
  ...blank,
  key: `${key}:answer`,
  role: 'assistant',
  text: '',
  at,
  state: 'streaming',
});

/** What ended first counts: an error part is not overwritten by the connection closing after it. */
const ended = (entry: Entry, end: Partial<Entry>): Entry =>
  entry.state === 'streaming' ? { ...entry, ...end } : entry;

function applyPart(entry: Entry, part: ChatPart): Entry {
  switch (part.type) {
    case 'delta':
      return { ...entry, text: entry.text + part.text };
    case 'finish':
      return part.reason === 'length' ? { ...entry, state: 'cut' } : entry;
    case 'usage':
      return { ...entry, usage: part.usage ?? entry.usage, metadata: part.metadata ?? entry.metadata };
    case 'error':
      return { ...entry, state: 'failed', error: part.error };
    case 'done':
      return ended(entry, { state: 'done' });
    default:
      return part satisfies never;
  }
}

const patch = (entries: Entry[], key: string, change: (entry: Entry) => Entry): Entry[] =>
  entries.map((entry) => (entry.key === `${key}:answer` ? change(entry) : entry));

/** The whole conversation as a function of what happened: nothing is read back across an await. */
export function transcript(entries: Entry[], action: TranscriptAction): Entry[] {
  switch (action.type) {
    case 'loaded':
      // A question asked while the reload was under way must not lose its answer.
      if (entries.some((entry) => entry.state === 'streaming')) return entries;
      return action.detail.messages.flatMap(fromStored);
    case 'asked': {
      const asked: Entry = { ...blank, key: action.key, role: 'user', text: action.text, at: action.at, state: 'done' };
      return [...entries, asked, answerTo(action.key, action.at)];
    }
    case 'retried':
      return patch(entries, action.key, () => answerTo(action.key, action.at));
    case 'part':
      return patch(entries, action.key, (entry) => applyPart(entry, action.part));
    case 'stopped':
      return patch(entries, action.key, (entry) => ended(entry, { state: 'interrupted' }));
    case 'failed':
      return patch(entries, action.key, (entry) => ended(entry, { state: 'failed', error: action.error }));
    default:
      return action satisfies never;
  }
}

export interface TokenTotal {
  tokens: number;
  estimated: boolean;
  /** Some answers did not say what they cost: the total is then a lower bound. */
  partial: boolean;
}

const isAnswer = ({ role, state, text, calls }: Entry): boolean =>
  role === 'assistant' && state !== 'streaming' && (text !== '' || calls.length > 0);

export function tokenTotal(entries: Entry[]): TokenTotal | null {
  const users = entries.findIndex((entry) => entry.role === 'user');
  // Before the user's first message there is only the welcome, which no model was asked for.
  const after = users < 0 ? [] : entries.slice(users);
  const answers = after.filter(isAnswer);
  const known = answers.flatMap((entry) => (entry.usage ? [entry.usage] : []));
  if (known.length === 0) return null;
  return {
    tokens: known.reduce((sum, usage) => sum + usage.total_tokens, 0),
    estimated: known.some((usage) => usage.estimated === true),
    partial: known.length < answers.length,
  };
}
