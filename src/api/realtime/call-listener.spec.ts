import { describe, expect, it } from 'vitest';
import { CozyError } from '../../core/errors/cozy.error.js';
import type { VoiceEvent } from '../../orchestration/voice/voice-event.js';
import { callListener } from './call-listener.js';
import type { ClientSocket } from './client-socket.js';

/** A socket that notes what would leave it, and whose client may stop reading. */
function stage() {
  const sent: string[] = [];
  const writeBuffer: unknown[] = [];
  const calls = { ended: 0, behind: 0 };
  const send = (event: string) => void sent.push(event);
  const socket = {
    id: 'one',
    connected: true,
    conn: { writeBuffer },
    packet: ({ data }: { data: [string] }) => send(data[0]),
    nsp: { local: { to: () => ({ emit: send }) } },
  };
  const listener = callListener(socket as unknown as ClientSocket, {
    onEnded: () => (calls.ended += 1),
    onBehind: () => (calls.behind += 1),
  });
  return { socket, sent, writeBuffer, calls, listener };
}

const sound: VoiceEvent = { type: 'response.audio', turnId: 'turn_1', seq: 0, samples: new Int16Array(480) };

describe('the socket of a call', () => {
  it('gets sound and events, and is told that they went out', () => {
    const { listener, sent } = stage();
    expect([listener(sound), listener({ type: 'call.state', state: 'speaking' })]).toEqual([true, true]);
    expect(sent).toEqual(['response.audio', 'call.state']);
  });

  it('that does not read loses sound, not events, until it reads again', () => {
    const { listener, sent, writeBuffer } = stage();
    writeBuffer.push(...Array.from({ length: 101 }));
    expect(listener(sound)).toBe(false);
    expect(listener({ type: 'error', error: new CozyError('ENGINE_FAILED'), turnId: null, utteranceId: null })).toBe(
      true,
    );
    writeBuffer.length = 0;
    expect(listener(sound)).toBe(true);
    expect(sent).toEqual(['error', 'response.audio']);
  });

  it('that has lost ten seconds is closed, once', () => {
    const { listener, writeBuffer, calls } = stage();
    writeBuffer.push(...Array.from({ length: 101 }));
    for (let frame = 0; frame < 499; frame++) listener(sound);
    expect(calls.behind).toBe(0);
    for (let frame = 0; frame < 99; frame++) listener(sound);
    expect(calls.behind).toBe(1);
  });

  it('that is gone hears nothing', () => {
    const { listener, socket, sent } = stage();
    socket.connected = false;
    expect(listener(sound)).toBe(false);
    expect(sent).toEqual([]);
  });

  it('is free again when the call has ended', () => {
    const { listener, calls } = stage();
    listener({ type: 'call.ended', reason: 'idle' });
    expect(calls.ended).toBe(1);
  });
});
