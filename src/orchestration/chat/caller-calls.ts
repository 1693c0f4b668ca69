import type { AiEvent } from '../../engines/ai/ai.port.js';

type ToolCallDelta = Extract<AiEvent, { type: 'tool-call-delta' }>;

interface Slot {
  /** The caller's own numbering; undefined while the name has not come, null for a call that is not the caller's. */
  index: number | null | undefined;
  held: ToolCallDelta | undefined;
}

/**
 * Shows a caller the calls of its own functions only, as they come, numbered without gaps. A piece whose function is
 * not known yet is held back until the name comes.
 */
export class CallerCalls {
  private readonly slots = new Map<number, Slot>();
  private count = 0;

  /** @param isCallers whether a function is the caller's own. */
  constructor(private readonly isCallers: (name: string) => boolean) {}

  see(delta: ToolCallDelta): ToolCallDelta | undefined {
    const slot = this.slots.get(delta.index) ?? { index: undefined, held: undefined };
    this.slots.set(delta.index, slot);
    if (slot.index === undefined && delta.name !== undefined) {
      slot.index = this.isCallers(delta.name) ? this.count++ : null;
    }
    if (slot.index === null) return undefined;
    if (slot.index === undefined) {
      slot.held = joined(slot.held, delta);
      return undefined;
    }
    const whole = joined(slot.held, delta);
    slot.held = undefined;
    return { ...whole, index: slot.index };
  }
}

function joined(earlier: ToolCallDelta | undefined, later: ToolCallDelta): ToolCallDelta {
  if (!earlier) return later;
  const text = (earlier.argumentsText ?? '') + (later.argumentsText ?? '');
  return { ...earlier, ...later, ...(text !== '' && { argumentsText: text }) };
}
