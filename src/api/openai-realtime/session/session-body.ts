import type { RealtimeAudioInputTurnDetection, RealtimeSessionCreateRequest } from 'openai/resources/realtime/realtime';
import { formatBody } from './audio-format.js';
import { functionBody } from './session-tools.js';
import type { Detection, SessionState } from './session-state.js';

/** What a session is called. */
export interface SessionNames {
  id: string;
  /** `cozy/<personality>`. */
  model: string;
  /** Seconds since 1970; null where it is not known yet. */
  expiresAt: number | null;
  /** Ours, for clients that want to find the conversation again. */
  cozy?: { call_id: string; session_id: string; personality_id: string };
}

export type SessionBody = RealtimeSessionCreateRequest & { id: string; object: 'realtime.session' };

/** A session in OpenAI's shape. */
export function sessionBody(state: SessionState, { id, model, expiresAt, cozy }: SessionNames): SessionBody {
  const { transcription, noiseReduction, detection, voice } = state;
  return {
    type: 'realtime',
    object: 'realtime.session',
    id,
    model,
    output_modalities: [state.spoken ? 'audio' : 'text'],
    instructions: state.instructions,
    tools: state.tools.map(functionBody),
    tool_choice: state.toolChoice,
    max_output_tokens: state.maxTokens ?? 'inf',
    tracing: state.tracing as RealtimeSessionCreateRequest['tracing'],
    ...(expiresAt !== null && { expires_at: expiresAt }),
    audio: {
      input: {
        format: formatBody(state.inputFormat),
        ...(transcription && { transcription }),
        ...(noiseReduction && { noise_reduction: { type: noiseReduction } }),
        turn_detection: detection && detectionBody(detection),
      },
      output: { format: formatBody(state.outputFormat), ...(voice !== null && { voice }), speed: state.speed },
    },
    ...(cozy && { cozy }),
  };
}

function detectionBody(detection: Detection): RealtimeAudioInputTurnDetection {
  const answers = { create_response: detection.createResponse, interrupt_response: detection.interruptResponse };
  if (detection.type === 'semantic_vad') return { type: 'semantic_vad', eagerness: detection.eagerness, ...answers };
  return {
    type: 'server_vad',
    threshold: detection.threshold,
    prefix_padding_ms: detection.prefixMs,
    silence_duration_ms: detection.silenceMs,
    idle_timeout_ms: detection.idleMs,
    ...answers,
  };
}
