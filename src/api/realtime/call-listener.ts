import type { VoiceEvent, VoiceListener } from '../../orchestration/voice/voice-event.js';
import { type ClientSocket, tell, tellOnce, waitingPackets } from './client-socket.js';
import { voiceBody } from './voice-body.js';

/** Packets that wait for the client while sound is still sent: one second, as each frame is two packets. */
const MOST_WAITING = 100;
/** Frames lost one after the other, ten seconds of sound: this client will not catch up. */
const MOST_LOST = 500;

type Sound = Extract<VoiceEvent, { type: 'response.audio' | 'participants.audio' }>;

/**
 * Tells one socket what happens in its call. A client that is behind loses sound first, which nobody wants late; what is
 * lost counts as not heard.
 */
export function callListener(
  socket: ClientSocket,
  { onEnded, onBehind }: { onEnded: () => void; onBehind: () => void },
): VoiceListener {
  let lost = 0;
  const say = (event: Sound): boolean => {
    if (!socket.connected) return false;
    if (waitingPackets(socket) > MOST_WAITING) {
      lost += 1;
      if (lost === MOST_LOST) onBehind();
      return false;
    }
    lost = 0;
    tellOnce(socket, event.type, voiceBody<Sound['type']>(event));
    return true;
  };
  return (event) => {
    if (event.type === 'response.audio' || event.type === 'participants.audio') return say(event);
    tell(socket, event.type, voiceBody(event));
    if (event.type === 'call.ended') onEnded();
    return true;
  };
}
