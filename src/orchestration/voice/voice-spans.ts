import { GEN_AI } from '../../core/tracing/gen-ai.js';
import type { Span } from '../../core/tracing/tracer.port.js';
import { startSpan } from '../../core/tracing/tracing.js';
import type { TurnTimings } from './turns/turn-timings.js';
import type { VoiceTurnOutcome } from './voice-event.js';
import type { VoiceSessionSetup } from './voice-session-setup.js';

/** A call, from its beginning until all that was said in it is stored; its turns and what is heard are parts of it. */
export const beginCall = ({ callId, sessionId, personality }: VoiceSessionSetup): Span =>
  startSpan('voice_call', {
    attributes: {
      'cozy.voice.call_id': callId,
      [GEN_AI.conversation]: sessionId,
      [GEN_AI.agentId]: personality.id,
      [GEN_AI.agentName]: personality.name,
    },
  });

export const beginVoiceTurn = (call: Span, sessionId: string): Span =>
  startSpan('voice_turn', { parent: call, attributes: { [GEN_AI.conversation]: sessionId } });

/** Timings are milliseconds from the end of speech, or from when the turn was asked for. */
export function endVoiceTurn(span: Span, outcome: VoiceTurnOutcome, timings: TurnTimings['timings']): void {
  const milestones = Object.entries(timings).map(([milestone, at]) => [`cozy.voice.${milestone}_ms`, at ?? undefined]);
  span.set({ 'cozy.voice.outcome': outcome, ...Object.fromEntries(milestones) });
  if (outcome === 'failed') span.fail(outcome);
  span.end();
}
