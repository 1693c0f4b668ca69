import type { VoiceCall } from '../../orchestration/voice/voice-call.js';
import type { Participant, VoiceEvent } from '../../orchestration/voice/voice-event.js';
import type { PersonLine } from '../../orchestration/voice/voice-transport.service.js';
import { usageBody } from '../openai/completion.js';
import { failureOf } from './client-socket.js';

/** Hertz of what the server sends. */
const SPOKEN_RATE = 24_000;

type Bodies = { [Type in VoiceEvent['type']]: (event: Extract<VoiceEvent, { type: Type }>) => object };

interface Heard {
  utteranceId: string;
  speakerId: string | null;
}

const utterance = ({ utteranceId, speakerId }: Heard) => ({ utterance_id: utteranceId, speaker_id: speakerId });
const transcript = (event: Heard & { text: string }) => ({ ...utterance(event), text: event.text });

const BODIES: Bodies = {
  'call.ready': ({ callId, sessionId, personalityId, state }) => ({
    call_id: callId,
    session_id: sessionId,
    personality_id: personalityId,
    state,
  }),
  'speech.started': utterance,
  'speech.stopped': utterance,
  'transcript.partial': transcript,
  'transcript.final': transcript,
  'response.started': ({ turnId }) => ({ turn_id: turnId }),
  'response.text-delta': ({ turnId, text }) => ({ turn_id: turnId, text }),
  'response.audio': ({ turnId, seq, samples }) => ({ turn_id: turnId, seq, audio: bytesOf(samples) }),
  'response.tool': ({ turnId, callId, name, status }) => ({ turn_id: turnId, tool_call_id: callId, name, status }),
  'response.interrupted': ({ turnId, heardText }) => ({ turn_id: turnId, heard_text: heardText }),
  'response.done': ({ turnId, outcome, usage, timings }) => ({
    turn_id: turnId,
    outcome,
    usage: usage && usageBody(usage),
    timings,
  }),
  'call.state': ({ state }) => ({ state }),
  'participants.changed': ({ participants }) => ({ participants: participants.map(participantBody) }),
  'speaker.active': ({ participantId }) => ({ participant_id: participantId }),
  'participants.audio': ({ samples }) => ({ audio: bytesOf(samples) }),
  'call.ended': ({ reason }) => ({ reason }),
  error: ({ error, turnId, utteranceId }) => ({ ...failureOf(error), turn_id: turnId, utterance_id: utteranceId }),
};

/** The body of an event; its name is the event's type. */
export function voiceBody<Type extends VoiceEvent['type']>(
  event: Extract<VoiceEvent, { type: Type }> & { type: Type },
): object {
  return BODIES[event.type](event);
}

/** PCM16, little-endian as every machine that this runs on is; not copied. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Int16Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

const participantBody = ({ participantId, name, role, transport, producerId }: Participant) => ({
  participant_id: participantId,
  name,
  role,
  transport,
  producer_id: producerId,
});

/** Somebody's own part in a call. */
export interface CallPlace {
  participantId: string;
  line: PersonLine;
}

/** What a client needs to know of its call. */
export function callBody({ callId, sessionId, personalityId, people }: VoiceCall, place: CallPlace): object {
  const { participantId, line } = place;
  const ids = {
    call_id: callId,
    session_id: sessionId,
    personality_id: personalityId,
    participant_id: participantId,
    participants: people.list.map(participantBody),
  };
  if (!line.peer) return { ...ids, output_format: { type: 'pcm16', sample_rate: SPOKEN_RATE } };
  const { routerRtpCapabilities, iceServers, sendTransport, recvTransport } = line.peer.offer;
  return {
    ...ids,
    router_rtp_capabilities: routerRtpCapabilities,
    ice_servers: iceServers,
    send_transport: sendTransport,
    recv_transport: recvTransport,
  };
}
