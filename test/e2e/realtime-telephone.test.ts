import { beforeEach, describe, expect, it } from 'vitest';
import { decodeG711, encodeG711 } from '../../src/api/openai-realtime/session/g711.js';
import { Resampler } from '../../src/core/util/resampler.js';
import { type Account, newAccount } from '../setup/account.js';
import { RealtimeClient } from '../setup/realtime-client.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { pitchOf } from '../setup/sound.js';
import { spokenSamples } from '../setup/speech.js';

const stage = simulatedServer();
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

describe('a call in G.711', () => {
  it.each([
    ['audio/pcmu', 'u'],
    ['audio/pcma', 'a'],
  ] as const)('is heard and answered (%s)', async (type, law) => {
    const client = await RealtimeClient.open(stage.url, account.token);
    const format = { type };
    expect((await client.update({ audio: { input: { format }, output: { format } } })).audio).toMatchObject({
      input: { format },
      output: { format },
    });
    stage.provider.speech.hear({ text: 'What time is it?' });
    stage.provider.script({ text: 'It is noon, and the sun is high.' });
    const narrow = new Resampler(16_000, 8_000).push(Int16Array.from([...spokenSamples(), ...new Int16Array(16_000)]));
    const sound = Buffer.from(encodeG711(narrow, law));
    for (let at = 0; at < sound.length; at += 160) {
      client.send('input_audio_buffer.append', { audio: sound.subarray(at, at + 160).toString('base64') });
    }
    const { audio_start_ms } = await client.next('input_audio_buffer.speech_started');
    const { audio_end_ms } = await client.next('input_audio_buffer.speech_stopped');
    expect(audio_end_ms - audio_start_ms).toBeGreaterThan(1000);
    await client.next('response.done');
    const pieces = client.of('response.output_audio.delta').map(({ delta }) => Buffer.from(delta, 'base64'));
    for (const piece of pieces.slice(1)) expect(piece).toHaveLength(160);
    // The simulator speaks in a tone.
    const heard = decodeG711(Buffer.concat(pieces).subarray(400, 4400), law);
    expect(pitchOf(heard, 8000)).toBeGreaterThan(430);
    expect(pitchOf(heard, 8000)).toBeLessThan(450);
    client.leave();
  });
});
