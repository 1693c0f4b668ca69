import { type MediaDescription, parse, type SessionDescription } from 'sdp-transform';
import { CozyError } from '../../../core/errors/cozy.error.js';

/** As it is read: what looks like a number has become one. */
export type Media = Omit<MediaDescription, 'mid'> & { mid?: string | number };
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What an offer of a browser says, as far as an answer needs it. */
export interface Offer {
  /** All sections, in their order. */
  media: readonly Media[];
  audio: Media;
  /** The data channel's section; null where it offers none. */
  data: Media | null;
  /** Opus as the offer numbers and describes it. */
  payloadType: number;
  /** As it came; empty where there is none. */
  formatText: string;
  format: Record<string, string | number>;
  fingerprint: { algorithm: string; value: string };
  /** Whether the browser waits for our DTLS handshake rather than begin its own. */
  isPassive: boolean;
  direction: Direction;
  /** Null where the offer names none: the section's id names the stream then. */
  ssrc: number | null;
  cname: string | undefined;
  takesTransportFeedback: boolean;
  extensions: readonly { value: number; uri: string }[];
}

/** A browser's offer with one microphone and one channel has 2 to 6 KB. */
const LONGEST = 65_536;
const MOST_SECTIONS = 16;
const HEX_PAIRS = /^[\da-f]{2}(:[\da-f]{2}){15,63}$/i;
const HASHES: readonly string[] = ['sha-1', 'sha-224', 'sha-256', 'sha-384', 'sha-512'];
const MID = /^[\x21-\x7e]{1,32}$/;
const CNAME = /^[\x21-\x7e]{1,255}$/;

const refuse = (message: string) => new CozyError('VALIDATION_FAILED', { message, param: 'sdp' });

/** Throws VALIDATION_FAILED where it cannot be answered, and says why. */
export function readOffer(text: string): Offer {
  if (text.length > LONGEST) throw refuse(`The SDP offer is longer than ${LONGEST} characters.`);
  if (!text.startsWith('v=0')) throw refuse('This is no SDP: it must begin with v=0.');
  const sdp = parsed(text);
  const media: Media[] = sdp.media;
  if (media.length > MOST_SECTIONS) throw refuse(`The SDP offer has more than ${MOST_SECTIONS} media sections.`);
  const audio = media.find((section) => section.type === 'audio' && section.port !== 0);
  if (!audio) throw refuse('The SDP offer has no audio: add a microphone, or a transceiver for audio.');
  const data = media.find((section) => section.type === 'application' && section.port !== 0 && isSctp(section)) ?? null;
  requireBundle(sdp.groups, data ? [audio, data] : [audio]);
  if (!audio.rtcpMux) throw refuse('The SDP offer must use rtcp-mux.');
  return {
    media,
    audio,
    data,
    ...opusOf(audio),
    ...keysOf(audio, sdp),
    ...streamOf(audio),
    direction: audio.direction ?? sdp.direction ?? 'sendrecv',
  };
}

function parsed(text: string): SessionDescription {
  try {
    return parse(text);
  } catch {
    throw refuse('This SDP cannot be read.');
  }
}

const isSctp = ({ protocol }: Media) => /\bSCTP$/.test(protocol);

/** One transport carries everything. */
function requireBundle(groups: { type: string; mids: string | number }[] | undefined, sections: Media[]): void {
  const bundled = (groups ?? []).filter(({ type }) => type === 'BUNDLE').flatMap(({ mids }) => String(mids).split(' '));
  const mids = sections.map(({ mid }) => String(mid ?? ''));
  if (!mids.every((mid) => MID.test(mid))) throw refuse('Each section of the SDP offer needs an a=mid.');
  if (!mids.every((mid) => bundled.includes(mid))) throw refuse('The SDP offer must BUNDLE its sections.');
}

function opusOf({ rtp, fmtp, rtcpFb = [] }: Media) {
  const opus = rtp.find(({ codec, rate }) => codec.toLowerCase() === 'opus' && rate === 48_000);
  const isNumbered = opus !== undefined && Number.isInteger(opus.payload) && opus.payload >= 0 && opus.payload <= 127;
  if (!isNumbered) throw refuse('The SDP offer has no Opus (opus/48000/2).');
  const payloadType = opus.payload;
  const formatText = fmtp.find(({ payload }) => payload === payloadType)?.config ?? '';
  const feedback = rtcpFb.filter(({ payload, type }) => Number(payload) === payloadType && type === 'transport-cc');
  return { payloadType, formatText, format: parametersOf(formatText), takesTransportFeedback: feedback.length > 0 };
}

const parametersOf = (text: string): Record<string, string | number> =>
  Object.fromEntries(
    text
      .split(';')
      .map((pair) => pair.split('=').map((piece) => piece.trim()))
      .filter(([name]) => name !== undefined && name !== '')
      .map(([name = '', value = '']) => [name, value === '' || Number.isNaN(Number(value)) ? value : Number(value)]),
  );

function keysOf(audio: Media, sdp: { fingerprint?: Media['fingerprint']; setup?: string }) {
  const { fingerprint = sdp.fingerprint, setup = sdp.setup } = audio;
  const algorithm = fingerprint?.type.toLowerCase() ?? '';
  if (!fingerprint) throw refuse('The SDP offer has no DTLS fingerprint.');
  if (!HASHES.includes(algorithm) || !HEX_PAIRS.test(fingerprint.hash)) {
    throw refuse('The DTLS fingerprint of the SDP offer cannot be used.');
  }
  return { fingerprint: { algorithm, value: fingerprint.hash }, isPassive: setup === 'passive' };
}

function streamOf({ ssrcs = [], ext = [] }: Media) {
  const ssrc = Number(ssrcs[0]?.id);
  const cname = ssrcs.find(({ attribute }) => attribute === 'cname')?.value;
  const sends = ext.filter(({ direction }) => direction !== 'recvonly' && direction !== 'inactive');
  return {
    ssrc: Number.isInteger(ssrc) && ssrc > 0 && ssrc <= 0xffffffff ? ssrc : null,
    cname: cname !== undefined && CNAME.test(cname) ? cname : undefined,
    extensions: sends
      .filter(({ value, uri }) => Number.isInteger(value) && value >= 1 && value <= 255 && uri.length <= 256)
      .map(({ value, uri }) => ({ value, uri })),
  };
}
