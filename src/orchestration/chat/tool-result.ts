import { countTokens } from '../../core/util/token-estimate.js';
import type { ToolOutcome } from '../tools/tool-outcome.js';

/** However full the window is, a model can tell this much of what happened. */
const LEAST_TOKENS = 64;

/** What a model is told of a call, cut to so many tokens. */
export function resultText({ result, error }: ToolOutcome, mostTokens: number): { text: string; tokens: number } {
  const whole = error ? `Error: ${error.message}` : (result?.text ?? '');
  return cutToTokens(whole === '' ? '(no result)' : whole, Math.max(mostTokens, LEAST_TOKENS));
}

/** Cuts a text at about so many tokens, and says so. */
function cutToTokens(text: string, most: number): { text: string; tokens: number } {
  const tokens = countTokens(text);
  if (tokens <= most) return { text, tokens };
  const kept = text.slice(0, Math.floor((text.length * most) / tokens)).toWellFormed();
  return { text: `${kept}\n[cut: ${text.length - kept.length} more characters]`, tokens: most };
}
