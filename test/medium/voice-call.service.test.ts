import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { VoiceSection } from '../../src/core/config/sections/voice.section.js';
import type { Principal } from '../../src/core/domain/principal.js';
import { Lifecycle } from '../../src/core/lifecycle/lifecycle.js';
import { Logger } from '../../src/core/logging/logger.js';
import { VoiceMetrics } from '../../src/core/metrics/voice-metrics.js';
import { newId } from '../../src/core/util/ids.js';
import { MediaEngine } from '../../src/engines/media/media.port.js';
import { SocketAudioFactory } from '../../src/engines/media/socket-audio.port.js';
import { SpeechEngines } from '../../src/engines/speech/speech-engines.port.js';
import { ChatService } from '../../src/orchestration/chat/chat.service.js';
import { PersonalityService } from '../../src/orchestration/personalities/personality.service.js';
import { SessionService } from '../../src/orchestration/sessions/session.service.js';
import { VoiceCallService } from '../../src/orchestration/voice/voice-call.service.js';
import { VoiceCallsService } from '../../src/orchestration/voice/voice-calls.service.js';
import type { VoiceEvent } from '../../src/orchestration/voice/voice-event.js';
import { VoicePlacesService } from '../../src/orchestration/voice/voice-places.service.js';
import { VoiceRoomService } from '../../src/orchestration/voice/voice-room.service.js';
import { VoiceSessionService } from '../../src/orchestration/voice/voice-session.service.js';
import { VoiceTransportService } from '../../src/orchestration/voice/voice-transport.service.js';
import { UserRepository } from '../../src/storage/users/user.repository.js';
import { VoicePlaceRepository } from '../../src/storage/voice-places/voice-place.repository.js';
import { FakeMedia, FakeSocketAudioFactory } from '../fakes/voice/fake-media.js';
import { FakeVad } from '../fakes/voice/fake-speech.js';
import { VirtualClock } from '../fakes/voice/virtual-clock.js';
import { FIRST_START_MS, startStories, type Stories } from '../setup/stories.js';
import { voiceMetrics } from '../setup/voice-call.js';

let stories: Stories;
let lifecycle: Lifecycle;
let media: FakeMedia;
let sockets: FakeSocketAudioFactory;
let calls: VoiceCallService;
let principal: Principal;
let events: VoiceEvent[];

const listener = (event: VoiceEvent) => events.push(event) > 0;
const start = (options: Partial<Parameters<VoiceCallService['start']>[1]> = {}, who = principal) =>
  calls.start(who, { transport: 'socket', ...options }, listener);
const newPrincipal = async (): Promise<Principal> => ({
  userId: await stories.newUser(),
  role: 'user',
  scopes: null,
  credentialId: null,
  rateLimitPerMinute: null,
});
const reasons = () => events.flatMap((event) => (event.type === 'call.ended' ? event.reason : []));

beforeAll(async () => {
  stories = await startStories({ AI_PROVIDER: 'demo' });
}, FIRST_START_MS);
afterAll(() => stories?.stop());
beforeEach(async () => {
  principal = await newPrincipal();
  events = [];
  lifecycle = new Lifecycle();
  const clock = new VirtualClock();
  media = new FakeMedia(clock);
  sockets = new FakeSocketAudioFactory(clock);
  calls = await assembled([
    { provide: SessionService, useValue: stories.get(SessionService) },
    { provide: PersonalityService, useValue: stories.get(PersonalityService) },
    { provide: ChatService, useValue: stories.get(ChatService) },
    { provide: MediaEngine, useValue: media },
    { provide: SocketAudioFactory, useValue: sockets },
    { provide: SpeechEngines, useValue: { stt: null, tts: null, vad: new FakeVad() } },
    { provide: VoicePlaceRepository, useValue: stories.get(VoicePlaceRepository) },
    { provide: UserRepository, useValue: stories.get(UserRepository) },
    { provide: VoiceSection, useValue: new VoiceSection() },
    { provide: VoiceMetrics, useValue: voiceMetrics() },
    { provide: Lifecycle, useValue: lifecycle },
    { provide: Logger, useValue: new Logger('silent') },
  ]);
});

/** As Nest puts it together, on these parts. */
async function assembled(parts: Provider[]): Promise<VoiceCallService> {
  @Module({})
  class VoiceModule {}
  const own = [
    VoiceCallService,
    VoiceCallsService,
    VoicePlacesService,
    VoiceRoomService,
    VoiceTransportService,
    VoiceSessionService,
  ];
  const root: DynamicModule = { module: VoiceModule, providers: [...own, ...parts] };
  const app = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
  return app.get(VoiceCallService);
}

describe('a call', () => {
  it('makes a session where none is given, with the personality that is asked for', async () => {
    const { callId, sessionId, personalityId } = await start({ personalityId: 'concise' });
    const session = await stories.get(SessionService).get(sessionId, principal.userId);
    expect([session.personalityId, personalityId]).toEqual(['concise', 'concise']);
    expect(events).toEqual([{ type: 'call.ready', callId, sessionId, personalityId, state: 'listening' }]);
  });

  it('goes on in a session of the user’s own, and in nobody else’s', async () => {
    const session = await stories.get(SessionService).create(principal.userId, {});
    expect((await start({ sessionId: session.id })).sessionId).toBe(session.id);
    await expect(start({ sessionId: session.id }, await newPrincipal())).rejects.toMatchObject({
      code: 'RESOURCE_SESSION_NOT_FOUND',
    });
  });

  it('is refused for a personality that there is not, and leaves no session behind', async () => {
    await expect(start({ personalityId: 'nobody' })).rejects.toMatchObject({ code: 'RESOURCE_PERSONALITY_NOT_FOUND' });
    const page = { sort: 'last_message_at', descending: true, number: 1, size: 10 } as const;
    expect((await stories.get(SessionService).list(principal.userId, page)).total).toBe(0);
  });

  it('is one of three that a user may have, wherever it has failed to begin', async () => {
    const first = await start();
    await Promise.all([start(), start()]);
    await expect(start()).rejects.toMatchObject({ code: 'RATE_LIMIT_EXCEEDED' });
    await expect(start({}, await newPrincipal())).resolves.toBeDefined();
    await first.session.end('client');
    await expect(start({ sessionId: newId() })).rejects.toMatchObject({ code: 'RESOURCE_SESSION_NOT_FOUND' });
    await expect(start()).resolves.toBeDefined();
  });

  it('answers what is typed', async () => {
    const { session } = await start();
    session.handle({ type: 'text.send', text: 'Hello!' });
    await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain('response.done'), 10_000);
    const stored = await stories.get(SessionService).messagesOf(session.sessionId, principal.userId, 10);
    expect(stored.slice(-2).map(({ role }) => role)).toEqual(['user', 'assistant']);
    await session.end('client');
  });

  it('is found and resumed by its owner alone, until it has ended', async () => {
    const { callId, session } = await start();
    const stranger = await newPrincipal();
    expect(() => calls.find(callId, stranger)).toThrow('There is no such call.');
    expect(() => calls.resume(callId, stranger, listener)).toThrow('There is no such call.');
    session.disconnected();
    expect(calls.resume(callId, principal, listener).callId).toBe(callId);
    expect(events.map(({ type }) => type)).toEqual(['call.ready', 'call.ready']);
    await session.end('client');
    expect(() => calls.find(callId, principal)).toThrow('There is no such call.');
  });
});

describe('the sound of a call', () => {
  it('travels in the client’s messages, at the rate it says', async () => {
    const { line } = await start({ inputRate: 24_000 });
    line.append?.(new Uint8Array(640));
    expect([sockets.opened[0]?.options.inputRate, sockets.opened[0]?.given]).toEqual([24_000, 640]);
    const samples = new Int16Array(480);
    expect(sockets.opened[0]?.options.send({ turnId: 'turn_1', seq: 0, samples })).toBe(true);
    expect(events.at(-1)).toEqual({ type: 'response.audio', turnId: 'turn_1', seq: 0, samples });
  });

  it('travels over WebRTC, and the call ends with its room', async () => {
    const { line, session } = await start({ transport: 'webrtc' });
    expect(line.peer?.offer.sendTransport).toEqual({ id: 's' });
    media.rooms[0]?.end('worker-died');
    await session.closed;
    expect([reasons(), media.rooms[0]?.isClosed]).toEqual([['worker-died'], true]);
  });

  it('is refused over WebRTC where there is none, with the way out', async () => {
    media.isAvailable = false;
    await expect(start({ transport: 'webrtc' })).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: 'This server has no WebRTC at the moment. Use the transport "socket".',
    });
  });

  it('leaves no room behind where nobody could join', async () => {
    media.refusal = new Error('full');
    await expect(start({ transport: 'webrtc' })).rejects.toThrow('full');
    expect(media.rooms[0]?.isClosed).toBe(true);
  });
});

describe('a server that shuts down', () => {
  it('takes no more calls', async () => {
    lifecycle.drain();
    await expect(start()).rejects.toMatchObject({ code: 'INTERNAL_SHUTTING_DOWN' });
  });

  it('ends its calls when the grace is over', async () => {
    const { session } = await start();
    lifecycle.endGrace();
    await session.closed;
    expect(reasons()).toEqual(['shutting-down']);
  });

  it('ends them at the latest before it lets go of its stores', async () => {
    await Promise.all([start(), start()]);
    await calls.onApplicationShutdown();
    expect(reasons()).toEqual(['shutting-down', 'shutting-down']);
  });
});
