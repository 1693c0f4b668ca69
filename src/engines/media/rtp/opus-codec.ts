/** All that is spoken in calls. The payload type is the one that browsers use themselves. */
export const OPUS = {
  kind: 'audio' as const,
  mimeType: 'audio/opus',
  clockRate: 48_000,
  channels: 2,
  preferredPayloadType: 111,
  parameters: { minptime: 10, useinbandfec: 1 },
};

export type OpusCodec = typeof OPUS;

/** As a browser numbers it. */
export const opusAs = (payloadType: number): OpusCodec => ({ ...OPUS, preferredPayloadType: payloadType });
