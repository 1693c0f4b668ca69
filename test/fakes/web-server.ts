import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type WebHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Small web servers of this machine, for code that talks to the web. */
export class WebServers {
  private readonly servers: Server[] = [];

  /** Starts one; its origin. */
  async serve(handler: WebHandler): Promise<string> {
    const server = createServer(handler);
    this.servers.push(server);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts one that answers with JSON; `asked` holds the requests it has seen. */
  async serveJson(answer: (url: URL) => unknown, status = 200): Promise<{ origin: string; asked: Asked[] }> {
    const asked: Asked[] = [];
    const origin = await this.serve((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      asked.push({ path: url.pathname, query: Object.fromEntries(url.searchParams), headers: request.headers });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer(url)));
    });
    return { origin, asked };
  }

  closeAll(): void {
    for (const server of this.servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  }
}

interface Asked {
  path: string;
  query: Record<string, string>;
  headers: IncomingMessage['headers'];
}
