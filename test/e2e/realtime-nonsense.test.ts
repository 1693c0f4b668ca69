import { beforeEach, describe, expect, it } from 'vitest';
import { type Account, newAccount } from '../setup/account.js';
import { RealtimeClient } from '../setup/realtime-client.js';
import { typeFlaws } from '../setup/realtime-types.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
let account: Account;

beforeEach(async () => {
  account = await newAccount(stage.url);
});

describe('a call over the Realtime protocol', () => {
  it('lives on after what it does not understand', async () => {
    const client = await RealtimeClient.open(stage.url, account.token);
    client.send('dance', { event_id: 'x1' });
    expect((await client.next('error')).error).toMatchObject({
      type: 'invalid_request_error',
      code: 'VALIDATION_FAILED',
      param: 'type',
      event_id: 'x1',
    });
    client.socket.sendText('{');
    expect((await client.next('error')).error.code).toBe('VALIDATION_MALFORMED_JSON');
    for (const [type, body, param] of [
      ['session.update', {}, 'session'],
      ['session.update', { session: { type: 'transcription' } }, 'session.type'],
      [
        'session.update',
        { session: { audio: { input: { format: { type: 'audio/mp3' } } } } },
        'session.audio.input.format.type',
      ],
      ['session.update', { session: { tools: [{ type: 'mcp', server_label: 'x' }] } }, 'session.tools[0].type'],
      ['session.update', { session: { instructions: 'x'.repeat(20_000) } }, 'session.instructions'],
      ['input_audio_buffer.append', { audio: '???' }, 'audio'],
      ['input_audio_buffer.append', { audio: 'AA==' }, 'audio'],
      ['conversation.item.create', { item: { type: 'message', role: 'user', content: [] } }, 'item.content'],
      ['conversation.item.retrieve', { item_id: 'nobody' }, 'item_id'],
      ['conversation.item.truncate', { item_id: 'nobody', content_index: 0, audio_end_ms: 1 }, 'item_id'],
      ['conversation.item.delete', { item_id: 'nobody' }, 'item_id'],
      ['response.create', { response: { conversation: 'none' } }, 'response.conversation'],
    ] as const) {
      client.send(type, body);
      expect([type, (await client.next('error')).error.param]).toEqual([type, param]);
    }
    stage.provider.script({ text: 'Still here.' });
    client.type('Are you there?');
    client.send('response.create', { response: { output_modalities: ['text'] } });
    expect((await client.next('response.done')).response.status).toBe('completed');
    expect(typeFlaws(client.events)).toEqual([]);
    client.leave();
  });
});
