import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The least that can stand between a client and the provider: bytes are passed on, nothing is looked at. */
const upstream = new URL(process.argv[2] ?? '');
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

const server = createServer((asked, answer) => {
  const onward = request(
    {
      host: upstream.hostname,
      port: upstream.port,
      path: asked.url,
      method: asked.method,
      headers: asked.headers,
      agent,
    },
    (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    },
  );
  onward.once('error', () => answer.destroy());
  answer.once('close', () => onward.destroy());
  asked.pipe(onward);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}${upstream.pathname}\n`);
});
process.on('SIGTERM', () => process.exit(0));
