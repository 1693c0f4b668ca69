import { textOf, type ToolDefinition } from '../../../core/domain/chat.js';
import type { AiRequest } from '../ai.port.js';

/** A tool that the person plainly asks for. */
export interface WishedCall {
  name: string;
  args: Record<string, unknown>;
}

/** Longer messages are no plain wish, and the patterns need not be run over them. */
const MOST_CHARACTERS = 200;

const SUM =
  /^(?:what(?:'s| is| are)|how much is|calculate|compute|work out|请?计算|算一?下)?[\s:：]*([\d(.-][\d\s+\-*/^().,%×÷]*[+\-*/^×÷%][\d\s+\-*/^().,%×÷]*)\s*(?:=|[?？]|等于(?:多少|几)?|是多少)*[\s?？.!]*$/iu;
const TIME =
  /^(?:(?:do you know |tell me |please )*(?:what(?:'s| is)? (?:the )?(?:current )?(?:time|date)(?: is it| is it now)?|what day is it)\b.{0,60}|.{0,10}(?:现在)?(?:几点|什么时间|几号|星期几).{0,10})$/iu;
const ZONE = /\b[A-Z][A-Za-z]+\/[A-Z][A-Za-z_]+(?:\/[A-Z][A-Za-z_]+)?\b|\bUTC\b/;
const PLACE = /\bin ([\p{L} .'-]{2,40}?)(?: (?:right )?now| today)?[\s?.!]*$/iu;
const CONVERSION =
  /^(?:please )?(?:convert|what(?:'s| is)|how (?:much|many) is|how much are)\s+(-?\d+(?:\.\d+)?)\s*([\p{L}°/²³]+(?: [a-z]+)?)\s+(?:to|in|into)\s+([\p{L}°/²³]+(?: [a-z]+)?)\s*[?.!]*$/iu;

/** Rules for the tools that a companion usually has; none where the request offers none of them. */
export function wishedCall({ tools = [], toolChoice, messages }: AiRequest): WishedCall | undefined {
  const last = messages.at(-1);
  if (last?.role !== 'user' || toolChoice === 'none') return undefined;
  const text = textOf(last.content).trim();
  if (text.length > MOST_CHARACTERS) return undefined;
  const wish = wishIn(text);
  return wish && isOffered(tools, wish.name) ? wish : undefined;
}

function wishIn(text: string): WishedCall | undefined {
  const sum = SUM.exec(text)?.[1];
  if (sum) {
    const expression = sum.replaceAll('×', '*').replaceAll('÷', '/').replaceAll(',', '').trim();
    return { name: 'calculator', args: { expression } };
  }
  const [, value, from, to] = CONVERSION.exec(text) ?? [];
  if (value && from && to) return { name: 'unit_convert', args: { value: Number(value), from, to } };
  if (!TIME.test(text)) return undefined;
  return { name: 'get_current_time', args: { timezone: zoneIn(text) } };
}

/** By its name, or by the city that it is named after. */
function zoneIn(text: string): string {
  const named = ZONE.exec(text)?.[0];
  if (named) return named;
  const city = PLACE.exec(text)?.[1]?.replaceAll(' ', '_').toLowerCase();
  if (city === undefined) return 'UTC';
  return Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase().endsWith(`/${city}`)) ?? 'UTC';
}

const isOffered = (tools: readonly ToolDefinition[], name: string) => tools.some((tool) => tool.function.name === name);
