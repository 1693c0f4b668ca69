import { describe, expect, it } from 'vitest';
import { audioOf } from './audio-format.js';

const text = (letters: string) => Buffer.from(letters.padEnd(64, '\0'), 'latin1');
const upload = (bytes: Uint8Array, more: { name?: string; mediaType?: string; sampleRate?: number } = {}) => ({
  bytes,
  name: 'speech.bin',
  mediaType: 'application/octet-stream',
  ...more,
});

describe('audioOf', () => {
  it.each<[string, Buffer]>([
    ['wav', text('RIFF\x24\0\0\0WAVEfmt ')],
    ['mp3', text('ID3\x04\0\0\0\0\0\0\xff\xfb\x90\x64')],
    ['flac', text('fLaC')],
    ['aac', text('\xff\xf1\x50\x80')],
    ['m4a', text('\0\0\0\x20ftypM4A \0\0\0\0')],
    ['mp4', text('\0\0\0\x20ftypisom\0\0\0\0')],
    ['ogg', text(`OggS${'\0'.repeat(24)}OpusHead`)],
    ['webm', text('\x1a\x45\xdf\xa3\x87\x42\x82\x84webm')],
  ])('knows %s by its content', async (format, bytes) => {
    expect(await audioOf(upload(bytes))).toEqual({ bytes, format });
  });

  it.each<[string, Buffer]>([
    ['words', text('hello')],
    ['a picture', text('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
    ['a page', text('<!doctype html>')],
    ['a picture in a RIFF', text('RIFF\x24\0\0\0WEBPVP8 ')],
  ])('refuses %s', async (_name, bytes) => {
    await expect(audioOf(upload(bytes))).rejects.toMatchObject({ code: 'VALIDATION_AUDIO_FORMAT', param: 'file' });
  });

  it('refuses nothing', async () => {
    await expect(audioOf(upload(Buffer.alloc(0)))).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it.each([
    [{ mediaType: 'audio/pcm', sampleRate: 8000 }, 8000],
    [{ mediaType: 'audio/L16' }, 16_000],
    [{ name: 'a.pcm' }, 16_000],
  ])('takes raw samples at their word: %j', async (said, rate) => {
    const { bytes, format } = await audioOf(upload(Buffer.alloc(101, 1), said));
    expect([format, bytes.length, Buffer.from(bytes).readUInt32LE(24)]).toEqual(['wav', 144, rate]);
  });
});
