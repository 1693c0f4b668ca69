import type { types } from 'mediasoup';
import { write } from 'sdp-transform';
import type { Direction, Media, Offer } from './offer.js';

/** What the transport says of itself. */
export type AnsweringTransport = Pick<
  types.WebRtcTransport,
  'iceParameters' | 'iceCandidates' | 'dtlsParameters' | 'sctpParameters'
>;

export interface AnswerParts {
  offer: Offer;
  transport: AnsweringTransport;
  /** Of the companion's sound; null where the browser does not want to hear. */
  voice: { ssrc: number; cname: string } | null;
  /** Those of the offer that are made use of. */
  extensions: Offer['extensions'];
  /** Counts answers of one call; a moment in milliseconds will do. */
  version: number;
}

const ANSWERED: Record<Direction, Direction> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};
const SCTP_PORT = 5000;

/** The SDP answer to an offer: the same sections in the same order, those that are not served with port 0. */
export function answerTo(parts: AnswerParts): string {
  const { offer, version } = parts;
  const served = offer.media.filter((section) => section === offer.audio || section === offer.data);
  return write({
    version: 0,
    origin: {
      username: '-',
      sessionId: String(version),
      sessionVersion: 2,
      netType: 'IN',
      ipVer: 4,
      address: '127.0.0.1',
    },
    name: '-',
    timing: { start: 0, stop: 0 },
    icelite: 'ice-lite',
    groups: [{ type: 'BUNDLE', mids: served.map(({ mid }) => mid).join(' ') }],
    extmapAllowMixed: 'extmap-allow-mixed',
    msidSemantic: { semantic: 'WMS', token: '*' },
    media: offer.media.map((section) => {
      if (section === offer.audio) return audioOf(section, parts);
      return section === offer.data ? dataOf(section, parts) : refusalOf(section);
    }),
  });
}

function carrier({ mid }: Media, { transport, offer }: AnswerParts) {
  const { iceParameters, iceCandidates, dtlsParameters } = transport;
  const [first] = iceCandidates;
  const { fingerprints } = dtlsParameters;
  const fingerprint = fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ?? fingerprints[0];
  const address = first?.address ?? '0.0.0.0';
  return {
    port: first?.port ?? 9,
    connection: { version: address.includes(':') ? 6 : 4, ip: address },
    candidates: iceCandidates.map((candidate) => ({
      foundation: candidate.foundation,
      component: 1,
      transport: candidate.protocol,
      priority: candidate.priority,
      ip: candidate.address,
      port: candidate.port,
      type: candidate.type,
      ...(candidate.tcpType && { tcptype: candidate.tcpType }),
    })),
    endOfCandidates: 'end-of-candidates' as const,
    iceUfrag: iceParameters.usernameFragment,
    icePwd: iceParameters.password,
    ...(fingerprint && { fingerprint: { type: fingerprint.algorithm, hash: fingerprint.value } }),
    setup: offer.isPassive ? 'active' : 'passive',
    mid: String(mid),
  };
}

function audioOf(section: Media, parts: AnswerParts) {
  const { offer, voice, extensions } = parts;
  const { payloadType: payload, formatText, takesTransportFeedback, direction } = offer;
  return {
    ...carrier(section, parts),
    type: 'audio',
    protocol: section.protocol,
    payloads: String(payload),
    rtcpMux: 'rtcp-mux' as const,
    ...(section.rtcpRsize && { rtcpRsize: 'rtcp-rsize' as const }),
    rtp: [{ payload, codec: 'opus', rate: 48_000, encoding: 2 }],
    fmtp: formatText === '' ? [] : [{ payload, config: formatText }],
    rtcpFb: takesTransportFeedback ? [{ payload, type: 'transport-cc' }] : [],
    ext: extensions.map(({ value, uri }) => ({ value, uri })),
    direction: ANSWERED[direction],
    // Clients play the first stream of the track: without one they would play nothing.
    ...(voice && {
      msid: [{ id: 'realtime', appdata: 'audio' }],
      ssrcs: [{ id: voice.ssrc, attribute: 'cname', value: voice.cname }],
    }),
  };
}

function dataOf(section: Media, parts: AnswerParts) {
  const { sctpParameters } = parts.transport;
  return {
    ...carrier(section, parts),
    type: 'application',
    protocol: section.protocol,
    payloads: 'webrtc-datachannel',
    rtp: [],
    fmtp: [],
    sctpPort: SCTP_PORT,
    maxMessageSize: sctpParameters?.maxReceiveMessageSize ?? 0,
  };
}

function refusalOf({ type, protocol, payloads, mid }: Media) {
  return {
    type,
    port: 0,
    protocol,
    payloads: payloads ?? '0',
    rtp: [],
    fmtp: [],
    connection: { version: 4, ip: '0.0.0.0' },
    ...(mid !== undefined && { mid: String(mid) }),
    direction: 'inactive' as const,
  };
}
