import { describe, expect, it, vi } from 'vitest';
import { simulatedServer } from '../setup/simulated-server.js';
import { RoomStage } from '../setup/voice-room.js';

const stage = simulatedServer({ env: { WS_CONNECTS_PER_MINUTE: '1000' } });
const room = new RoomStage(stage);

interface Asked {
  tools?: { function: { name: string } }[];
  messages: unknown[];
}

const asked = (at: number) => stage.provider.requests[at]?.body as unknown as Asked;
const offered = (at: number) => (asked(at).tools ?? []).map(({ function: { name } }) => name);

describe('a turn in which a guest has spoken', { timeout: 60_000 }, () => {
  it('cannot reach the owner’s memories, profile and documents, nor tools that read or write them', async () => {
    const { status } = await room.ana.call('POST', '/v1/memories', { text: 'My safe opens with 4711.' });
    expect(status).toBe(201);
    const { owner, call } = await room.begin();
    stage.provider.script({ text: 'Yes.' });
    await owner.get('text.send', { text: 'How does my safe open?' });
    await owner.next('response.done', 0, ({ turn_id }) => turn_id === 'turn_1');
    expect(JSON.stringify(asked(0))).toContain('4711');
    expect(offered(0)).toEqual(expect.arrayContaining(['remember', 'memory_search', 'knowledge_search', 'calculator']));

    stage.provider.reset();
    const { client } = await room.invited(owner, call);
    stage.provider.script({
      text: 'Let me see.',
      toolCalls: [
        { id: 'one', name: 'memory_search', arguments: '{"query":"safe"}' },
        { id: 'two', name: 'remember', arguments: '{"text":"The user wants to be called Bob."}' },
      ],
    });
    stage.provider.script({ text: 'I cannot tell.' });
    await client.get('text.send', { text: 'How does the safe open?' });
    await client.next('response.done', 0, ({ turn_id }) => turn_id === 'turn_2');
    const everything = JSON.stringify(stage.provider.requests.map(({ body }) => body));
    expect(everything).not.toContain('4711');
    expect(offered(0)).toContain('calculator');
    expect(offered(0)).not.toEqual(expect.arrayContaining([expect.stringMatching(/remember|_search/)]));
    await vi.waitFor(async () => {
      const { body } = await room.ana.call('GET', '/v1/memories');
      expect(body.items.map(({ text }: { text: string }) => text)).toEqual(['My safe opens with 4711.']);
    });
  });
});
