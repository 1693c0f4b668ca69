import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CozyError } from '../../src/core/errors/cozy.error.js';
import type { MediaParameters, MediaPeer } from '../../src/engines/media/media.port.js';
import { type MediaStage, mediaStage, workerBinary } from '../setup/media-stage.js';

const VALID_CODEC = {
  mimeType: 'audio/opus',
  payloadType: 111,
  clockRate: 48_000,
  channels: 2,
  parameters: {},
  rtcpFeedback: [],
};
const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
const microphone = (change: object): MediaParameters => ({
  codecs: [VALID_CODEC],
  headerExtensions: [],
  encodings: [{ ssrc: 1_234 }],
  rtcp: { cname: 'c' },
  ...change,
});
const codec = (change: object) => microphone({ codecs: [{ ...VALID_CODEC, ...change }] });
const dtls = (fingerprint: object, change: object = {}): MediaParameters => ({
  role: 'client',
  fingerprints: [fingerprint],
  ...change,
});

const refused = expect.objectContaining({ code: 'VALIDATION_FAILED' });

/** Whatever a client sends, it is told so, and the worker lives on. */
describe.skipIf(!workerBinary)('what mediasoup cannot use', () => {
  let stage: MediaStage;
  let peer: MediaPeer;
  let pid: number | undefined;
  const send = () => String(peer.offer.sendTransport['id']);

  beforeAll(async () => {
    stage = mediaStage();
    const room = await stage.engine.open('refusals');
    peer = await room.join('ana');
    pid = stage.engine.workers[0]?.pid;
  });
  afterAll(() => stage.engine.close());

  it.each<[string, MediaParameters]>([
    ['nothing', {}],
    ['no codec', microphone({ codecs: [] })],
    ['codecs that are no list', microphone({ codecs: 'opus' })],
    ['a codec that is null', microphone({ codecs: [null] })],
    ['another codec', codec({ mimeType: 'audio/PCMU', clockRate: 8_000, channels: 1 })],
    ['video', codec({ mimeType: 'video/VP8', clockRate: 90_000 })],
    ['a payload type that is none', codec({ payloadType: 'x' })],
    ['a negative payload type', codec({ payloadType: -1 })],
    ['a payload type that is too large', codec({ payloadType: 4_096 })],
    ['a clock that stands', codec({ clockRate: 0 })],
    ['parameters that are a list', codec({ parameters: [1, 2] })],
    ['feedback that is a number', codec({ rtcpFeedback: 7 })],
    ['encodings that are no list', microphone({ encodings: 5 })],
    ['an encoding that is null', microphone({ encodings: [null] })],
    ['neither source nor name', microphone({ encodings: [] })],
    ['a source that is a text', microphone({ encodings: [{ ssrc: 'x' }] })],
    ['a negative source', microphone({ encodings: [{ ssrc: -5 }] })],
    ['a source that is too large', microphone({ encodings: [{ ssrc: 2 ** 40 }] })],
    ['a source that is a fraction', microphone({ encodings: [{ ssrc: 1.5 }] })],
    ['a source that is zero', microphone({ encodings: [{ ssrc: 0 }] })],
    ['a header extension without a number', microphone({ headerExtensions: [{ uri: 'x' }] })],
    ['a header extension that nobody knows', microphone({ headerExtensions: [{ uri: 'x:y', id: 3 }] })],
    [
      'a header extension of number 0',
      microphone({ headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 0 }] }),
    ],
    [
      'a header extension of number 999',
      microphone({ headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 999 }] }),
    ],
    ['a name that is an object', microphone({ rtcp: { cname: {} } })],
    ['a middle that is a number', microphone({ mid: 5 })],
    [
      'a thousand encodings',
      microphone({ encodings: Array.from({ length: 1_000 }, (_, ssrc) => ({ ssrc: ssrc + 1 })) }),
    ],
  ])('as a microphone is refused or harmless: %s', async (_, parameters) => {
    // Some of it mediasoup takes for less than it is; what counts is that nothing breaks.
    const outcome = await peer.produce(send(), parameters).catch((error: unknown) => error);
    expect(typeof outcome === 'string' || (outcome as CozyError).code).toEqual(
      expect.toBeOneOf([true, 'VALIDATION_FAILED']),
    );
    expect(await peer.produce(send(), microphone({ encodings: [{ ssrc: 99 }] }))).toEqual(expect.any(String));
  });

  it.each<[string, MediaParameters]>([
    ['nothing', {}],
    ['no codec', { codecs: [] }],
    [
      'no codec in common',
      { codecs: [{ kind: 'audio', mimeType: 'audio/PCMU', clockRate: 8_000, preferredPayloadType: 0 }] },
    ],
    ['codecs that are an object', { codecs: { length: 3 } }],
    ['a codec that is a text', { codecs: ['opus'] }],
    ['header extensions that are a text', { codecs: [VALID_CODEC], headerExtensions: 'x' }],
  ])('as capabilities is refused: %s', async (_, parameters) => {
    await expect(peer.consume(parameters)).rejects.toEqual(refused);
  });

  it.each<[string, MediaParameters]>([
    ['nothing', {}],
    ['no fingerprint', { role: 'client', fingerprints: [] }],
    ['fingerprints that are a text', { role: 'client', fingerprints: 'x' }],
    ['a fingerprint that is null', dtls(null as never)],
    ['an algorithm that nobody knows', dtls({ algorithm: 'md5', value: FINGERPRINT })],
    ['a value that is too short', dtls({ algorithm: 'sha-256', value: 'AB:CD' })],
    ['a value that is a number', dtls({ algorithm: 'sha-256', value: 5 })],
    ['a role that nobody knows', dtls({ algorithm: 'sha-256', value: FINGERPRINT }, { role: 'boss' })],
  ])('as keys of a connection is refused: %s', async (_, parameters) => {
    await expect(peer.connect(send(), parameters)).rejects.toEqual(refused);
  });

  it('is a transport that is not there', async () => {
    const unknown = expect.objectContaining({ code: 'RESOURCE_NOT_FOUND' });
    await expect(peer.connect('x', {})).rejects.toEqual(unknown);
    await expect(peer.produce('x', microphone({}))).rejects.toEqual(unknown);
    await expect(peer.produce(String(peer.offer.recvTransport['id']), microphone({}))).rejects.toEqual(unknown);
    await expect(peer.restartIce('x')).rejects.toEqual(unknown);
  });

  it('has cost no worker its life', async () => {
    expect(stage.engine.workers.map((worker) => worker.pid)).toEqual([pid]);
    expect(await stage.shown('deaths')).toBe(0);
  });
});
