import { randomUUID } from 'node:crypto';
import type { AiEvent } from '../ai.port.js';
import { isRecord } from '../../json-record.js';

type ToolCallDelta = Extract<AiEvent, { type: 'tool-call-delta' }>;

interface OpenCall {
  /** What the provider called it, to find its later pieces. */
  sentIndex: number | undefined;
  sentId: string | undefined;
  /** What it is called here, once its first piece has been handed out. */
  id: string | undefined;
  name: string | undefined;
  /** Arguments that came before the name. */
  held: string;
  hasArguments: boolean;
}

/**
 * Puts the pieces of tool calls in order as compatible servers really send them: without an index, several calls under
 * index 0 told apart by id, several under one id, the id late or never, the name in every piece, arguments as an object
 * or not at all. Out come dense indexes, id and name in a call's first piece, as clients refuse it otherwise, and
 * arguments that are never empty.
 */
export class ToolCallDeltas {
  private readonly calls: OpenCall[] = [];

  get any(): boolean {
    return this.calls.length > 0;
  }

  /** One entry of `delta.tool_calls`. */
  read(raw: unknown): ToolCallDelta | undefined {
    if (!isRecord(raw)) return undefined;
    return this.piece(isRecord(raw['function']) ? raw['function'] : {}, textOf(raw['id']), numberOf(raw['index']));
  }

  /** The older `delta.function_call`: one call, no id, no index. */
  readLegacy(raw: unknown): ToolCallDelta | undefined {
    return isRecord(raw) ? this.piece(raw, undefined, undefined) : undefined;
  }

  /** What is still missing when the answer ends: calls whose name never came, arguments of calls that take none. */
  complete(): ToolCallDelta[] {
    return this.calls.flatMap((call, index) => {
      const first = call.id === undefined ? this.first(call, index) : undefined;
      if (call.hasArguments) return first ?? [];
      return [{ type: 'tool-call-delta' as const, index, ...first, argumentsText: '{}' }];
    });
  }

  private piece(
    fn: Record<string, unknown>,
    id: string | undefined,
    sentIndex: number | undefined,
  ): ToolCallDelta | undefined {
    const name = textOf(fn['name']);
    const argumentsText = argumentsOf(fn['arguments']);
    const index = this.find(id, name, sentIndex);
    const call = this.calls[index] ?? this.open(sentIndex);
    call.sentId ??= id;
    call.name ??= name;
    call.hasArguments ||= argumentsText !== undefined;
    if (call.id !== undefined) {
      return argumentsText === undefined ? undefined : { type: 'tool-call-delta', index, argumentsText };
    }
    call.held += argumentsText ?? '';
    return call.name === undefined ? undefined : this.first(call, index);
  }

  /** An id that comes later than this is not waited for: many servers never send one. */
  private first(call: OpenCall, index: number): ToolCallDelta {
    const made = call.sentId ?? `call_${randomUUID().replaceAll('-', '')}`;
    const id = this.uniqueId(made, index);
    call.id = id;
    const { name, held: argumentsText } = call;
    return {
      type: 'tool-call-delta',
      index,
      id,
      ...(name !== undefined && { name }),
      ...(argumentsText !== '' && { argumentsText }),
    };
  }

  /** The position of the call that a piece belongs to; one past the end for a new call. */
  private find(id: string | undefined, name: string | undefined, sentIndex: number | undefined): number {
    const byId = id === undefined ? -1 : this.calls.findLastIndex((call) => isCalled(call, id, name, sentIndex));
    if (byId !== -1) return byId;
    // The last one: after a second call under the same index, pieces without an id are the second's.
    const candidate =
      sentIndex === undefined
        ? this.calls.length - 1
        : this.calls.findLastIndex((call) => call.sentIndex === sentIndex);
    const open = this.calls[candidate];
    if (open === undefined) return this.calls.length;
    return startsAnother(open, id, name) ? this.calls.length : candidate;
  }

  /** Results are told apart by the ids of their calls. */
  private uniqueId(id: string, at: number): string {
    const isTaken = this.calls.some((call) => call.id === id);
    return isTaken ? this.uniqueId(`${id}_${at}`, at) : id;
  }

  private open(sentIndex: number | undefined): OpenCall {
    const unknown = { sentId: undefined, id: undefined, name: undefined };
    const call: OpenCall = { sentIndex, ...unknown, held: '', hasArguments: false };
    this.calls.push(call);
    return call;
  }
}

/** Whether a piece under this id is of that call: some servers give one id to two calls. */
function isCalled(call: OpenCall, id: string, name: string | undefined, sentIndex: number | undefined): boolean {
  const isElsewhere = sentIndex !== undefined && call.sentIndex !== undefined && sentIndex !== call.sentIndex;
  return call.sentId === id && !isElsewhere && !hasOtherName(call, name);
}

/**
 * A new id together with a name is a new call, and so is another name; a new id alone is a server that makes one up for
 * every piece.
 */
function startsAnother(open: OpenCall, id: string | undefined, name: string | undefined): boolean {
  return hasOtherName(open, name) || (name !== undefined && id !== undefined && open.sentId !== undefined);
}

function hasOtherName(call: OpenCall, name: string | undefined): boolean {
  return name !== undefined && call.name !== undefined && name !== call.name;
}

function argumentsOf(raw: unknown): string | undefined {
  if (typeof raw === 'string') return raw === '' ? undefined : raw;
  return typeof raw === 'object' && raw !== null ? JSON.stringify(raw) : undefined;
}

function textOf(raw: unknown): string | undefined {
  return typeof raw === 'string' && raw !== '' ? raw : undefined;
}

function numberOf(raw: unknown): number | undefined {
  return typeof raw === 'number' ? raw : undefined;
}
