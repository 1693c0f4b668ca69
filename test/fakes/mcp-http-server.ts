import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

interface Message {
  id?: number | string;
  method: string;
  params?: { name?: string; arguments?: Record<string, unknown> };
}

export interface SeenRequest {
  method: string;
  headers: IncomingMessage['headers'];
  message?: Message;
}

type Answer = (request: SeenRequest, response: ServerResponse) => boolean;

/** An MCP server over streamable HTTP without any SDK: answers in JSON, and otherwise as `answer` says. */
export class McpHttpServer {
  readonly seen: SeenRequest[] = [];
  /** Returns whether it has taken the request; the server answers as usual where it has not. */
  answer: Answer = () => false;
  private readonly sessions = new Set<string>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.take(request, response));
  }

  static async start(port = 0): Promise<McpHttpServer> {
    const fake = new McpHttpServer();
    fake.server.listen(port, '127.0.0.1');
    await once(fake.server, 'listening');
    return fake;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/mcp`;
  }

  /** As after a restart. */
  forgetSessions(): void {
    this.sessions.clear();
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const message = await messageIn(request);
    const seen = { method: request.method ?? '', headers: request.headers, message };
    this.seen.push(seen);
    if (this.answer(seen, response)) return;
    if (message === undefined) response.writeHead(seen.method === 'DELETE' ? 200 : 405).end();
    else if (!this.knows(seen)) response.writeHead(404).end();
    else if (message.id === undefined) response.writeHead(202).end();
    else this.reply(message, response);
  }

  private knows({ message, headers }: SeenRequest): boolean {
    return message?.method === 'initialize' || this.sessions.has(String(headers['mcp-session-id']));
  }

  private reply(message: Message, response: ServerResponse): void {
    const session = randomUUID();
    if (message.method === 'initialize') this.sessions.add(session);
    const headers = { 'content-type': 'application/json', 'mcp-session-id': session };
    const result = resultOf(message);
    response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
  }
}

async function messageIn(request: IncomingMessage): Promise<Message | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  return body === '' ? undefined : (JSON.parse(body) as Message);
}

function resultOf({ method, params = {} }: Message): unknown {
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'fake', version: '1' } };
    case 'tools/list':
      return { tools: [{ name: 'echo', description: 'Says it again.', inputSchema: { type: 'object' } }] };
    case 'tools/call':
      return { content: [{ type: 'text', text: String(params.arguments?.['message']) }] };
    default:
      return {};
  }
}
