import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ToolsSection } from '../../core/config/sections/tools.section.js';
import type { ChatMessage, ToolDefinition } from '../../core/domain/chat.js';
import { Logger } from '../../core/logging/logger.js';
import type { Tool } from '../../engines/tools/tool.port.js';
import type { ContextBundle } from '../../context/context.service.js';
import { definitionOf, ToolCatalogService } from '../tools/tool-catalog.service.js';
import { ToolRunService } from '../tools/tool-run.service.js';
import type { AnswerDraft } from './answer-draft.js';
import type { ChatCommand } from './chat-command.js';
import { ToolLoop } from './tool-loop.js';
import type { TurnPlan } from './turn-plan.service.js';
import type { OpenTurn } from './turn-record.service.js';

/** Of the window, what the results of a whole turn may fill; the conversation needs the rest. */
const TURN_SHARE = 0.6;
/** OpenAI's limit, and that of most others. */
const MOST_TOOLS = 128;

const nameOf = ({ engine, model }: TurnPlan) => `${engine.provider}/${model}`;

/** The functions of one turn: this server's and the caller's own. */
export interface TurnTools {
  offered: Map<string, Tool>;
  /** As the model is told of them, the server's first. */
  definitions: ToolDefinition[];
}

/** Gives a turn its tools, and its loop. */
@Injectable()
export class TurnToolsService {
  /** Models that have refused to be offered tools, as provider and name; bounded by the allow-lists. */
  private readonly withoutTools = new LRUCache<string, true>({ max: 1000, ttl: 3_600_000 });

  constructor(
    private readonly catalog: ToolCatalogService,
    private readonly runs: ToolRunService,
    private readonly section: ToolsSection,
    private readonly logger: Logger,
  ) {}

  /**
   * What the model is offered. Where the caller's `tool_choice` forces or forbids a call, that is about its own
   * functions, and the server's stay out of it. A function that both know is the server's.
   */
  toolsOf(command: ChatCommand, plan: TurnPlan): TurnTools {
    const { personality, engine } = plan;
    const { options, principal, allowedTools, byGuest } = command;
    const own = options.tools ?? [];
    const open = options.toolChoice === undefined || options.toolChoice === 'auto';
    const offered =
      open && engine.capabilities.tools && !this.withoutTools.has(nameOf(plan))
        ? this.catalog.offered({ personality, principal, allowedTools, byGuest })
        : new Map<string, Tool>();
    const callers = own.filter((tool) => !offered.has(tool.function.name));
    this.makeRoom(offered, callers.length, personality.id);
    return { offered, definitions: [...[...offered.values()].map(definitionOf), ...callers] };
  }

  /** Providers refuse a request with more: the caller's own come first, then the server's in their order. */
  private makeRoom(offered: Map<string, Tool>, callers: number, personalityId: string): void {
    const tooMany = [...offered.keys()].slice(Math.max(0, MOST_TOOLS - callers));
    for (const name of tooMany) offered.delete(name);
    if (tooMany.length === 0) return;
    const facts = { personality_id: personalityId, left_out: tooMany.length };
    this.logger.warn('A turn has more tools than providers take; the last ones were left out', facts);
  }

  loop(
    command: ChatCommand,
    plan: TurnPlan,
    tools: TurnTools,
    draft: AnswerDraft,
    context: { turn: OpenTurn; bundle: ContextBundle },
  ): ToolLoop {
    const { personality, engine } = plan;
    const run = {
      userId: command.principal.userId,
      sessionId: context.turn.place?.sessionId ?? null,
      turnId: context.turn.place && context.turn.turnId,
      personalityId: personality.id,
      datasets: personality.knowledge.datasets,
      providers: { memory: personality.memory.provider, knowledge: personality.knowledge.provider },
      approval: personality.tools.approval,
      tools: tools.offered,
    };
    return new ToolLoop(draft, {
      offered: new Set(tools.offered.keys()),
      callers: new Set((command.options.tools ?? []).map((tool) => tool.function.name)),
      maxRounds: this.section.max_rounds,
      resultTokens: Math.floor(engine.contextWindow * this.section.result_share),
      turnTokens: () => Math.min(Math.floor(engine.contextWindow * TURN_SHARE), context.bundle.room()),
      turnMs: this.section.turn_timeout_ms,
      runTool: (request, announce, signal) => this.runs.run(request, { ...run, announce }, signal),
      noteUnsupported: () => this.withoutTools.set(nameOf(plan), true),
      fit: (added: ChatMessage[]) => context.bundle.grownBy(added),
    });
  }
}
