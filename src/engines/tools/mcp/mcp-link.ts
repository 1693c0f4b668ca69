import { isJSONRPCRequest, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { McpServerSection } from '../../../core/config/sections/tools.section.js';
import type { Logger } from '../../../core/logging/logger.js';
import { ChildStderr } from './child-stderr.js';
import { BROKEN_OFF } from './mcp-errors.js';
import { McpHttp } from './mcp-http.js';
import { MOST_MESSAGE_BYTES } from './message-limit.js';

/** How long a server may take to take note that its session ends. */
const GOODBYE_MS = 1500;
/** How much longer than a call its HTTP request may live. */
const GRACE_MS = 5000;

/** The way to a server: a child process, or HTTP. */
export interface McpLink {
  readonly transport: Transport;
  /** Whether the way itself has ended without a word of the transport. */
  isBroken(): boolean;
  /** Called once tools are used. */
  called(): void;
  /** Ends the child (end of input, SIGTERM, SIGKILL), or the session and its connections. */
  close(): Promise<void>;
}

export function openLink(section: McpServerSection, logger: Logger): McpLink {
  return section.transport === 'stdio' ? stdioLink(section, logger) : httpLink(section);
}

/** The SDK adds PATH, HOME, USER and the like to `env`, and nothing else of this process's environment. */
function stdioLink(section: McpServerSection, logger: Logger): McpLink {
  const { name, command = '', args, cwd, env } = section;
  const transport = new StdioClientTransport({
    command,
    args,
    cwd,
    env,
    stderr: 'pipe',
    maxBufferSize: MOST_MESSAGE_BYTES,
  });
  const stderr = new ChildStderr({ server: name, secrets: Object.values(env), logger });
  stderr.read(transport.stderr);
  return {
    transport,
    isBroken: () => transport.pid === null,
    called: () => stderr.called(),
    close: async () => {
      await transport.close();
      stderr.end();
    },
  };
}

function httpLink(section: McpServerSection): McpLink {
  const http = new McpHttp(section.connect_timeout_ms, Math.max(section.call_timeout_ms, GRACE_MS) + GRACE_MS);
  const transport = new StreamableHTTPClientTransport(new URL(section.url ?? ''), {
    requestInit: { headers: section.headers },
    redirectPolicy: 'same-origin',
    onInsufficientScope: 'throw',
    fetch: http.fetch,
  });
  failWhatIsBrokenOff(transport);
  return {
    transport,
    isBroken: () => false,
    called: () => undefined,
    close: async () => {
      await endSession(transport);
      await transport.close();
      await http.close();
    },
  };
}

/**
 * The SDK leaves a request waiting whose stream of events breaks off without its answer, and cannot be taken up again.
 * Here such a request fails at once.
 */
function failWhatIsBrokenOff(transport: StreamableHTTPClientTransport): void {
  const waiting = new Set<number | string>();
  const send = transport.send.bind(transport);
  // The SDK calls it before its own, which it sets when it connects.
  const heard: Transport['onmessage'] = (message) => {
    if (!('method' in message) && message.id !== undefined) waiting.delete(message.id);
  };
  Object.assign(transport, {
    onmessage: heard,
    send: (...[message, options]: Parameters<typeof send>) => {
      if (!isJSONRPCRequest(message)) return send(message, options);
      const { id } = message;
      waiting.add(id);
      const onRequestStreamEnd = (): void => {
        options?.onRequestStreamEnd?.();
        if (waiting.has(id)) transport.onmessage?.({ jsonrpc: '2.0', id, error: BROKEN_OFF });
      };
      return send(message, { ...options, onRequestStreamEnd }).catch((error: unknown) => {
        waiting.delete(id);
        throw error;
      });
    },
  });
}

/** Best effort: a server that does not take note forgets the session by itself. */
async function endSession(transport: StreamableHTTPClientTransport): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, GOODBYE_MS)));
  await Promise.race([transport.terminateSession().catch(() => undefined), enough]);
  clearTimeout(timer);
}
