import { fileTypeFromBuffer } from 'file-type';
import { HEARD_RATE } from '../../core/domain/audio.js';
import { CozyError } from '../../core/errors/cozy.error.js';
import { wavOf } from '../../core/util/wav.js';

/** An upload, and what its sender says of it. */
export interface UploadedAudio {
  bytes: Uint8Array;
  /** As the sender calls it. */
  name: string;
  mediaType: string;
  /** Hertz, of raw samples; what this server hears at where absent. */
  sampleRate?: number | undefined;
}

export interface KnownAudio {
  bytes: Uint8Array;
  format: string;
}

/** What a recording is, by its first bytes; what providers call it. */
const FORMATS: Readonly<Record<string, string>> = {
  wav: 'wav',
  mp3: 'mp3',
  ogg: 'ogg',
  oga: 'ogg',
  opus: 'ogg',
  spx: 'ogg',
  webm: 'webm',
  flac: 'flac',
  m4a: 'm4a',
  mp4: 'mp4',
  aac: 'aac',
};

const EXPECTED = 'Send wav, mp3, ogg, webm, flac, m4a, mp4 or aac; raw PCM16 as audio/pcm.';

/** By content, whatever its name says. Throws VALIDATION_AUDIO_FORMAT for what is no audio, VALIDATION_FAILED for nothing. */
export async function audioOf(upload: UploadedAudio): Promise<KnownAudio> {
  if (upload.bytes.length === 0) {
    throw new CozyError('VALIDATION_FAILED', { message: 'file is empty. Send a recording.', param: 'file' });
  }
  if (isRawPcm(upload)) return { bytes: wavOfRaw(upload), format: 'wav' };
  const found = await fileTypeFromBuffer(upload.bytes).catch(() => undefined);
  const format = found && Object.hasOwn(FORMATS, found.ext) ? FORMATS[found.ext] : undefined;
  if (format === undefined) {
    throw new CozyError('VALIDATION_AUDIO_FORMAT', { message: `file is no audio. ${EXPECTED}`, param: 'file' });
  }
  return { bytes: upload.bytes, format };
}

/** Raw samples look like nothing, so they are taken at their sender's word, and only where they are no WAV file. */
function isRawPcm({ bytes, name, mediaType }: UploadedAudio): boolean {
  const isSaid = /^audio\/(?:pcm|l16|x-pcm)\b/i.test(mediaType) || /\.(?:pcm|raw)$/i.test(name);
  return isSaid && Buffer.from(bytes.subarray(0, 4)).toString('latin1') !== 'RIFF';
}

function wavOfRaw({ bytes, sampleRate = HEARD_RATE }: UploadedAudio): Uint8Array {
  return wavOf([bytes.subarray(0, bytes.length - (bytes.length % 2))], sampleRate);
}
