import { describe, expect, it } from 'vitest';
import { answerTo } from './answer.js';
import { readOffer } from './offer.js';

const FINGERPRINT = `sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`;
const AUDIO = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 63 109',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'a=rtcp-mux',
  'a=rtcp-rsize',
  'a=extmap:3 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:4/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level',
  'a=sendrecv',
  'a=rtpmap:63 red/48000/2',
  'a=rtpmap:109 opus/48000/2',
  'a=rtcp-fb:109 transport-cc',
  'a=fmtp:109 minptime=10;useinbandfec=1',
  'a=ssrc:1234 cname:somebody',
];
const DATA = ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:2', 'a=sctp-port:5000'];
const VIDEO = ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:1', 'a=rtpmap:96 VP8/90000'];

function offer(audio: readonly string[] = AUDIO, bundle = '0 1 2'): string {
  const head = ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${bundle}`];
  const keys = [
    `a=fingerprint:${FINGERPRINT}`,
    'a=setup:actpass',
    'a=ice-ufrag:abcd',
    'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  ];
  return `${[...head, ...keys, ...audio, ...VIDEO, ...DATA].join('\r\n')}\r\n`;
}

const without = (part: string) => AUDIO.filter((line) => !line.includes(part));

describe('an SDP offer', () => {
  it('is read as far as an answer needs it', () => {
    expect(readOffer(offer())).toMatchObject({
      payloadType: 109,
      format: { minptime: 10, useinbandfec: 1 },
      fingerprint: { algorithm: 'sha-256' },
      isPassive: false,
      direction: 'sendrecv',
      ssrc: 1234,
      cname: 'somebody',
      takesTransportFeedback: true,
      extensions: [{ value: 3, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' }],
    });
  });

  it('may name no stream, and no channel', () => {
    const { ssrc, data } = readOffer(offer(without('ssrc:')).replace(DATA.join('\r\n'), ''));
    expect([ssrc, data]).toEqual([null, null]);
  });

  it.each([
    ['is no SDP', 'hello', 'v=0'],
    ['is endless', `v=0\r\n${'a'.repeat(70_000)}`, 'longer'],
    ['has no Opus', offer(without('opus')), 'Opus'],
    ['has no rtcp-mux', offer(without('rtcp-mux')), 'rtcp-mux'],
    ['has no mid', offer(without('mid:0')), 'a=mid'],
    ['does not bundle', offer(AUDIO, '0'), 'BUNDLE'],
    ['has no sound', offer(['m=audio 0 UDP/TLS/RTP/SAVPF 109', 'a=mid:0']), 'audio'],
    ['has no fingerprint', offer().replace(/a=fingerprint:.*\r\n/, ''), 'fingerprint'],
    ['has a wrong fingerprint', offer().replace('AB:AB', 'XY:AB'), 'fingerprint'],
    ['has a wrong payload type', offer(AUDIO.map((line) => line.replace('109', '999'))), 'Opus'],
    ['has too many sections', offer() + `${VIDEO.join('\r\n')}\r\n`.repeat(20), 'sections'],
  ])('that %s is refused, and told why', (_what, text, reason) => {
    expect(() => readOffer(text)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED', param: 'sdp' }));
    expect(() => readOffer(text)).toThrow(reason);
  });
});

describe('the answer', () => {
  const transport = {
    iceParameters: { usernameFragment: 'ufrag', password: 'password', iceLite: true },
    iceCandidates: [
      {
        foundation: 'udp',
        priority: 1,
        address: '192.0.2.1',
        ip: '192.0.2.1',
        protocol: 'udp',
        port: 4000,
        type: 'host',
      },
    ],
    dtlsParameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: 'CD:EF' }] },
    sctpParameters: { maxReceiveMessageSize: 262_144 },
  } as unknown as Parameters<typeof answerTo>[0]['transport'];

  const answer = (text: string, voice: { ssrc: number; cname: string } | null = { ssrc: 77, cname: 'companion' }) => {
    const read = readOffer(text);
    return answerTo({ offer: read, transport, voice, extensions: read.extensions, version: 5 }).split('\r\n');
  };

  it('has the sections of the offer in their order, video refused', () => {
    const lines = answer(offer());
    expect(lines.filter((line) => line.startsWith('m='))).toEqual([
      'm=audio 4000 UDP/TLS/RTP/SAVPF 109',
      'm=video 0 UDP/TLS/RTP/SAVPF 96',
      'm=application 4000 UDP/DTLS/SCTP webrtc-datachannel',
    ]);
    for (const line of [
      'a=ice-lite',
      'a=group:BUNDLE 0 2',
      'a=setup:passive',
      'a=rtpmap:109 opus/48000/2',
      'a=fmtp:109 minptime=10;useinbandfec=1',
      'a=extmap:3 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
      'a=msid:realtime audio',
      'a=ssrc:77 cname:companion',
      'a=candidate:udp 1 udp 1 192.0.2.1 4000 typ host',
      'a=sctp-port:5000',
      'a=max-message-size:262144',
    ])
      expect(lines).toContain(line);
  });

  it.each([
    ['sendonly', 'a=recvonly'],
    ['recvonly', 'a=sendonly'],
    ['inactive', 'a=inactive'],
  ])('turns %s around', (direction, answered) => {
    expect(answer(offer(AUDIO.map((line) => line.replace('a=sendrecv', `a=${direction}`))), null)).toContain(answered);
  });

  it('begins the handshake where the browser waits for it', () => {
    expect(answer(offer().replace('actpass', 'passive'))).toContain('a=setup:active');
  });
});
