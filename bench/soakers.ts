import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { connected } from '../test/setup/socket.js';
import { newSession, type Person, post } from './load.js';
import { question } from './plan.js';

/** Those who talk over HTTP and sockets until they are told to stop. */
export class Soakers {
  readonly done = { turns: 0, turns_left: 0, socket_turns: 0, sockets: 0, realtime_sockets: 0, failed: 0 };
  private number = 0;

  constructor(
    private readonly url: string,
    private readonly persons: Person[],
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.persons.map(async (person, at) => {
        let sessionId = await newSession(this.url, person);
        for (let round = 0; !signal.aborted; round += 1) {
          // A conversation is not endless.
          if (round % 50 === 49) sessionId = await newSession(this.url, person);
          await this.act(person, sessionId, (at + round) % 6).catch(() => (this.done.failed += 1));
        }
      }),
    );
  }

  private async act(person: Person, sessionId: string, what: number): Promise<void> {
    if (what === 4) return this.overSocket(person, sessionId);
    if (what === 5) return this.overRealtime(person);
    // Two of these six are left in the middle.
    if (what >= 2) return this.leave(person, sessionId, what === 3);
    await this.turn(person, sessionId, what === 0);
  }

  private body(sessionId: string, stream: boolean): string {
    this.number += 1;
    const content = question({ chunks: 12, firstMs: 30, gapMs: 10, bytes: 16 }, this.number);
    return JSON.stringify({ stream, messages: [{ role: 'user', content }], cozy: { session_id: sessionId } });
  }

  private async turn({ token }: Person, sessionId: string, stream: boolean, signal?: AbortSignal): Promise<void> {
    const url = `${this.url}/v1/chat/completions`;
    const response = await post(url, { authorization: `Bearer ${token}` }, this.body(sessionId, stream), { signal });
    response.resume();
    await once(response, 'end');
    if (response.statusCode !== 200) throw new Error(`answered ${response.statusCode}`);
    this.done.turns += 1;
  }

  /** Goes away before the answer, in it, or just after it. */
  private async leave(person: Person, sessionId: string, stream: boolean): Promise<void> {
    const gone = new AbortController();
    const turn = this.turn(person, sessionId, stream, gone.signal).catch((error: unknown) => {
      if (!gone.signal.aborted) throw error;
      this.done.turns_left += 1;
    });
    await Promise.race([turn, wait(Math.random() * 160)]);
    gone.abort();
    await turn;
  }

  private async overSocket({ token }: Person, sessionId: string): Promise<void> {
    const socket = await connected(this.url, '/chat', token);
    this.done.sockets += 1;
    try {
      const over = new Promise<void>((resolve, reject) => {
        socket.once('chat.done', () => resolve());
        socket.once('chat.error', () => reject(new Error('chat.error')));
      });
      over.catch(() => undefined);
      const text = question({ chunks: 8, firstMs: 20, gapMs: 10, bytes: 16 }, ++this.number);
      const { ok } = (await socket.timeout(5000).emitWithAck('chat.send', { text, session_id: sessionId })) as {
        ok: boolean;
      };
      if (!ok) throw new Error('chat.send was refused');
      // Every other one leaves while it is answered.
      if (this.number % 2 === 0) return;
      await over;
      this.done.socket_turns += 1;
    } finally {
      socket.close();
    }
  }

  private async overRealtime({ token }: Person): Promise<void> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/v1/realtime`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await once(socket, 'message');
    this.done.realtime_sockets += 1;
    socket.send(JSON.stringify({ type: 'session.update', session: { type: 'realtime', instructions: 'Be brief.' } }));
    await once(socket, 'message');
    socket.close();
    await once(socket, 'close');
  }
}
