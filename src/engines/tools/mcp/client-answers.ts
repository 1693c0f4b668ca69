import { pathToFileURL } from 'node:url';
import {
  type Client,
  type ClientCapabilities,
  type CreateMessageRequest,
  type CreateMessageResult,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/client';
import type { McpServerSection } from '../../../core/config/sections/tools.section.js';
import { CozyError } from '../../../core/errors/cozy.error.js';
import type { Logger } from '../../../core/logging/logger.js';
import type { SampleHandler, SamplingRequest } from '../sampling.port.js';
import { Deadline } from '../../../core/util/deadline.js';
import { renderContent } from './tool-content.js';

/** Bounds on what a server may ask of the model, which somebody pays for. */
const MOST_SAMPLES_AT_ONCE = 2;
const MOST_SAMPLES_A_CALL = 20;
const MOST_MESSAGES = 100;
const MOST_CHARACTERS = 200_000;
const MOST_TOKENS = 4096;
const MOST_STOP_SEQUENCES = 4;
const MOST_HINTS = 10;

export interface AnswersOptions {
  section: McpServerSection;
  sample?: SampleHandler;
  logger: Logger;
}

/** What a server may ask of its client: its roots and its model, each only where the configuration says so. */
export class ClientAnswers {
  readonly capabilities: ClientCapabilities;
  private readonly sample: SampleHandler | undefined;
  private calls = 0;
  private samples = 0;
  private samplesOfCalls = 0;

  constructor(private readonly options: AnswersOptions) {
    const { section, sample } = options;
    this.sample = section.sampling ? sample : undefined;
    this.capabilities = {
      ...(section.roots.length > 0 && { roots: {} }),
      ...(this.sample && { sampling: {} }),
    };
  }

  install(client: Client): void {
    const { roots } = this.options.section;
    if (roots.length > 0) client.setRequestHandler('roots/list', () => ({ roots: roots.map(rootOf) }));
    const { sample } = this;
    if (sample === undefined) return;
    client.setRequestHandler('sampling/createMessage', (request, context) =>
      this.answer(request.params, sample, context.mcpReq.signal),
    );
  }

  /** A server may ask for the model while it works for us, and not for work of its own. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    if (this.calls++ === 0) this.samplesOfCalls = 0;
    try {
      return await call();
    } finally {
      this.calls--;
    }
  }

  private async answer(
    params: CreateMessageRequest['params'],
    sample: SampleHandler,
    signal: AbortSignal,
  ): Promise<CreateMessageResult> {
    if (this.calls === 0) throw refusal('There is no call that this could serve.');
    if (this.samples >= MOST_SAMPLES_AT_ONCE || this.samplesOfCalls >= MOST_SAMPLES_A_CALL) {
      throw refusal('Too many requests to the model.');
    }
    const { section, logger } = this.options;
    const request = samplingRequestOf(section.name, params);
    const deadline = new Deadline(signal, section.call_timeout_ms);
    this.samples++;
    this.samplesOfCalls++;
    try {
      const { text, model, stopReason = 'endTurn' } = await deadline.race(sample(request, deadline.signal));
      return { role: 'assistant', content: { type: 'text', text }, model, stopReason };
    } catch (error) {
      const code = error instanceof CozyError ? error.code : 'INTERNAL_ERROR';
      logger.warn('A sampling request of an MCP server failed', { server: section.name, code });
      throw new ProtocolError(ProtocolErrorCode.InternalError, 'The model could not answer.');
    } finally {
      this.samples--;
      deadline.release();
    }
  }
}

const refusal = (message: string): ProtocolError => new ProtocolError(ProtocolErrorCode.InvalidRequest, message);

function rootOf(root: string): { uri: string } {
  return { uri: root.startsWith('file://') ? root : pathToFileURL(root).href };
}

function samplingRequestOf(server: string, params: CreateMessageRequest['params']): SamplingRequest {
  const { systemPrompt, temperature, stopSequences, modelPreferences } = params;
  return {
    server,
    messages: boundedMessages(params),
    maxTokens: Math.min(params.maxTokens, MOST_TOKENS),
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(temperature !== undefined && { temperature }),
    ...(stopSequences && { stopSequences: stopSequences.slice(0, MOST_STOP_SEQUENCES) }),
    modelHints: (modelPreferences?.hints ?? []).flatMap(({ name }) => name ?? []).slice(0, MOST_HINTS),
  };
}

function boundedMessages(params: CreateMessageRequest['params']): SamplingRequest['messages'] {
  if (params.tools !== undefined) throw refusal('Tools are not offered in sampling.');
  if (params.messages.length > MOST_MESSAGES) throw refusal('Too many messages.');
  const messages = params.messages.map(({ role, content }) => ({ role, text: textOf(content) }));
  const size = messages.reduce((sum, { text }) => sum + text.length, params.systemPrompt?.length ?? 0);
  if (size > MOST_CHARACTERS) throw refusal('The messages are too long.');
  return messages;
}

type SamplingContent = CreateMessageRequest['params']['messages'][number]['content'];

function textOf(content: SamplingContent): string {
  const blocks = Array.isArray(content) ? content : [content];
  return blocks
    .map((block) => {
      if (block.type === 'tool_use' || block.type === 'tool_result')
        throw refusal('Tools are not offered in sampling.');
      return renderContent([block]);
    })
    .join('\n');
}
