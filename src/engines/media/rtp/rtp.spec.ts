import { describe, expect, it } from 'vitest';
import { parseRtp, writeRtp } from './rtp.js';
import { RtpStream } from './rtp-stream.js';

const header = { payloadType: 111, seq: 65_535, timestamp: 0xfffffff0, ssrc: 0xdeadbeef, marker: true };
const payload = Buffer.from([1, 2, 3]);
const written = () => writeRtp(Buffer.alloc(64), header, payload);
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

describe('reading a packet', () => {
  it('gives back what was written', () => {
    const packet = parseRtp(written());
    expect(packet).toEqual({ seq: 65_535, timestamp: 0xfffffff0, payload });
  });

  it.each([
    ['contributing sources', '82 6f 0001 00000002 00000003 aaaaaaaa bbbbbbbb 010203'],
    ['a header extension', '90 6f 0001 00000002 00000003 bede 0001 10ff0000 010203'],
    ['padding', 'a0 6f 0001 00000002 00000003 010203 0002'],
  ])('skips %s', (_, text) => {
    expect(parseRtp(hex(text))?.payload).toEqual(payload);
  });

  it.each([
    ['nothing', ''],
    ['too little', '80 6f 0001 00000002'],
    ['another version', '40 6f 0001 00000002 00000003 01'],
    ['no payload', '80 6f 0001 00000002 00000003'],
    ['more sources than there are', '8f 6f 0001 00000002 00000003 01'],
    ['an extension cut short', '90 6f 0001 00000002 00000003 bede'],
    ['a longer extension than there is', '90 6f 0001 00000002 00000003 bede ffff 01'],
    ['more padding than there is', 'a0 6f 0001 00000002 00000003 01ff'],
  ])('takes %s for no packet', (_, text) => {
    expect(parseRtp(hex(text))).toBeNull();
  });
});

describe('the packets of a mouth', () => {
  /** When frames are sent; numbers, times and marks relative to the first. */
  function run(times: number[]) {
    let now = 0;
    const stream = new RtpStream(111, () => now);
    const packets = times.map((at) => {
      now = at;
      return Buffer.from(stream.packetOf(payload));
    });
    const [first] = packets;
    return packets.map((packet) => ({
      seq: (packet.readUInt16BE(2) - (first?.readUInt16BE(2) ?? 0)) & 0xffff,
      frames: ((packet.readUInt32BE(4) - (first?.readUInt32BE(4) ?? 0)) >>> 0) / 960,
      marked: ((packet[1] ?? 0) & 0x80) !== 0,
    }));
  }

  it.each([
    ['follow each other, though they leave in a burst', [0, 0, 0, 20, 40], [0, 1, 2, 3, 4], [0]],
    ['leave out a silence', [0, 20, 1_020, 1_040], [0, 1, 51, 52], [0, 2]],
    ['take a little lateness for none', [0, 25, 59], [0, 1, 2], [0]],
  ])('%s', (_, times, frames, marked) => {
    const packets = run(times);
    expect(packets.map(({ seq }) => seq)).toEqual(times.map((_time, index) => index));
    expect(packets.map((packet) => packet.frames)).toEqual(frames);
    expect(packets.flatMap((packet, index) => (packet.marked ? [index] : []))).toEqual(marked);
  });
});
