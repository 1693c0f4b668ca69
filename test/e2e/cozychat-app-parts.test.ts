import { beforeAll, describe, expect, it } from 'vitest';
import { audioSaying } from '../fakes/speech-script.js';
import { personality } from '../setup/config-folder.js';
import { CozyChatApp } from '../setup/cozychat-app.js';
import { simulatedServer } from '../setup/simulated-server.js';
import { wav } from '../setup/sound.js';

/** What the CozyChat web app asks for beside its chats. */
const stage = simulatedServer({
  config: {
    'personalities/singer.yaml': personality(
      'singer',
      `avatar_url: https://example.com/singer.png
voice: {realtime: {voice: coral, instructions: Sing., input_audio_transcription: {model: whisper-1}, transport: {type: webrtc}}}`,
    ),
  },
});
let app: CozyChatApp;

beforeAll(async () => {
  app = new CozyChatApp(stage.url);
  await app.register();
});

describe('personalities, tools and sound', () => {
  it('lists personalities, unwrapped, and opens one', async () => {
    const { body: list } = await app.call('GET', '/v1/personalities');
    const singer = list.find(({ id }: { id: string }) => id === 'singer');
    expect(singer).toMatchObject({
      name: expect.any(String),
      description: expect.any(String),
      avatar_url: 'https://example.com/singer.png',
      icon: expect.any(String),
      tags: expect.any(Array),
      is_default: false,
      ai_config: expect.any(Object),
      memory_config: expect.any(Object),
      tools_config: expect.any(Object),
    });
    const { body } = await app.call('GET', '/v1/personalities/singer');
    expect(body).toMatchObject({
      ai: { system_prompt: null },
      voice: {
        realtime: {
          voice: 'coral',
          instructions: 'Sing.',
          input_audio_transcription: { model: 'whisper-1' },
          transport: { type: 'webrtc' },
        },
      },
    });
  });

  it.each([
    ['builtin', 'builtin'],
    ['mcp', 'mcp'],
    ['all', expect.stringMatching(/^(builtin|mcp)$/)],
  ])('lists the tools of the type %s', async (type, kind: unknown) => {
    const { body } = await app.call('GET', '/v1/tools', undefined, { type });
    expect(body.total).toBe(body.tools.length);
    for (const tool of body.tools as Record<string, unknown>[]) {
      expect(tool).toMatchObject({
        name: expect.any(String),
        type: kind,
        description: expect.any(String),
        parameters: expect.any(Object),
        enabled: expect.any(Boolean),
      });
      expect(tool).toHaveProperty('server');
    }
  });

  it('runs a tool', async () => {
    const { body } = await app.call('POST', '/v1/tools/execute', {
      tool_name: 'calculator',
      parameters: { expression: '2 * (3 + 4)' },
    });
    expect(body).toMatchObject({ tool_name: 'calculator', success: true, execution_time: expect.any(Number) });
    expect(JSON.stringify(body.result)).toContain('14');
  });

  it('speaks a long text in parallel pieces', async () => {
    const pieces = Array.from({ length: 8 }, (_, piece) => `${'长文本。'.repeat(40)}${piece}`);
    const spoken = await Promise.all(
      pieces.map((input) =>
        fetch(`${stage.url}/v1/audio/speech`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${app.token}` },
          body: JSON.stringify({ input, personality_id: 'companion' }),
        }),
      ),
    );
    for (const response of spoken) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^audio\//);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
  });

  it('writes down a recording', async () => {
    const form = new FormData();
    form.append('file', new Blob([wav(audioSaying('hello', 2000), 16_000)], { type: 'audio/wav' }), 'recording.wav');
    form.append('personality_id', 'companion');
    const response = await fetch(`${stage.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${app.token}` },
      body: form,
    });
    expect(await response.json()).toMatchObject({ text: 'hello' });
  });
});
