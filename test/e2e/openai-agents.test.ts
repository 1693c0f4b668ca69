import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIConversationsSession,
  OpenAIResponsesModel,
  Runner,
  tool,
} from '@openai/agents';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MODEL, responsesStage } from '../setup/responses-stage.js';
import { simulatedServer } from '../setup/simulated-server.js';

const stage = simulatedServer();
const own = responsesStage(stage);
let asked: string[];

const weather = tool({
  name: 'weather',
  description: 'The weather in a city',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => {
    asked.push(city);
    return `snow in ${city}`;
  },
});

const PROTOCOLS = {
  responses: () => new OpenAIResponsesModel(own.client, MODEL),
  'chat completions': () => new OpenAIChatCompletionsModel(own.client, MODEL),
};

const agentOn = (protocol: keyof typeof PROTOCOLS) =>
  new Agent({ name: 'Forecaster', instructions: 'Use the tool.', model: PROTOCOLS[protocol](), tools: [weather] });

const runner = new Runner({ tracingDisabled: true });

const answerInTwoSteps = () =>
  stage.provider.script(
    { toolCalls: [{ id: 'call_oslo', name: 'weather', arguments: '{"city":"Oslo"}' }] },
    { text: 'It snows.' },
  );

beforeAll(() => {
  asked = [];
});

describe.each(Object.keys(PROTOCOLS) as (keyof typeof PROTOCOLS)[])('an agent of OpenAI’s SDK on %s', (protocol) => {
  it('runs its tool and ends with the answer', async () => {
    asked = [];
    answerInTwoSteps();
    const result = await runner.run(agentOn(protocol), 'Weather in Oslo?');
    expect(result.finalOutput).toBe('It snows.');
    expect(asked).toEqual(['Oslo']);
    expect(own.heard(1)).toMatchObject([
      { role: 'user', content: 'Weather in Oslo?' },
      { role: 'assistant', tool_calls: [{ id: 'call_oslo', function: { name: 'weather' } }] },
      { role: 'tool', tool_call_id: 'call_oslo', content: 'snow in Oslo' },
    ]);
    expect(own.sent(1)).toContain('Use the tool.');
  });

  it('does so while it streams', async () => {
    asked = [];
    answerInTwoSteps();
    const result = await runner.run(agentOn(protocol), 'Weather in Oslo?', { stream: true });
    let text = '';
    for await (const piece of result.toTextStream()) text += piece;
    await result.completed;
    expect(text).toBe('It snows.');
    expect(result.finalOutput).toBe('It snows.');
    expect(asked).toEqual(['Oslo']);
  });

  it('gives an answer of the shape that was asked for', async () => {
    stage.provider.script({ text: '{"snow":true}' });
    const agent = new Agent({
      name: 'Judge',
      model: PROTOCOLS[protocol](),
      outputType: z.object({ snow: z.boolean() }),
    });
    const result = await runner.run(agent, 'Does it snow?');
    expect(result.finalOutput).toEqual({ snow: true });
  });
});

describe('an agent that keeps its conversation here', () => {
  it('goes on by the id of the response before', async () => {
    stage.provider.script({ text: 'Noted.' }, { text: 'Mia.' });
    const agent = agentOn('responses');
    const first = await runner.run(agent, 'My cat is Mia.');
    await runner.run(agent, 'Her name?', { previousResponseId: first.lastResponseId ?? '' });
    expect(own.heard(1).map(({ content }) => content)).toEqual(['My cat is Mia.', 'Noted.', 'Her name?']);
  });

  it('runs its tool within a conversation', async () => {
    answerInTwoSteps();
    const { id: conversationId } = await own.client.conversations.create();
    await runner.run(agentOn('responses'), 'Weather in Oslo?', { conversationId });
    expect(own.heard(1).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
  });

  it('reads and writes its session as a conversation', async () => {
    stage.provider.script({ text: 'Noted.' }, { text: 'Mia.' });
    const session = new OpenAIConversationsSession({ client: own.client });
    await runner.run(agentOn('responses'), 'My cat is Mia.', { session });
    await runner.run(agentOn('responses'), 'Her name?', { session });
    expect(own.heard(1).map(({ content }) => content)).toEqual(['My cat is Mia.', 'Noted.', 'Her name?']);
  });
});
