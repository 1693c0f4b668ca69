import { describe, expect, it } from 'vitest';
import { SharedSession, type SessionBackend } from './shared-session.js';
import type { WireConnection } from './wire-connection.js';
import { closeStatement, errorResponse, message, query, readyForQuery, startup, SYNC } from './wire-protocol.js';

const FLUSH = message('H');
const none = Buffer.alloc(4);

/** The types of the messages within, as `PBES`. */
function types(bytes: Buffer): string {
  let found = '';
  for (let at = 0; at < bytes.length; at += 1 + bytes.readInt32BE(at + 1)) found += String.fromCharCode(bytes[at] ?? 0);
  return found;
}

/** A session on a backend that says ready, in the state given for the first SQL word, and remembers what it was sent. */
function makeSession(answers: Record<string, Buffer> = {}) {
  const sent: Buffer[] = [];
  const aborted: string[] = [];
  const backend: SessionBackend = {
    run: (messages) => {
      const bytes = Buffer.from(messages);
      sent.push(bytes);
      const sql = Object.keys(answers).find((word) => bytes.includes(word));
      const ready = types(bytes).endsWith('H') ? Buffer.alloc(0) : readyForQuery('I');
      return Promise.resolve((sql && answers[sql]) || ready);
    },
    abort: (reason) => void aborted.push(reason),
  };
  const session = new SharedSession(backend, { greeting: Buffer.alloc(0), lockTimeoutMs: 10 });
  return { session, sent, aborted };
}

interface Client {
  connection: WireConnection;
  received: Buffer[];
  ends: string[];
}

function connect(session: SharedSession): Client {
  const received: Buffer[] = [];
  const ends: string[] = [];
  const connection = session.connect({
    send: (bytes) => void received.push(bytes),
    end: () => void ends.push('end'),
    fail: (error) => void ends.push(error.message),
  });
  return { connection, received, ends };
}

function open(session: SharedSession): Client {
  const client = connect(session);
  client.connection.receive(startup({ user: 'u' }));
  return client;
}

/** Resolves when the connection has received this text; the tests have nothing slower than their lock timeout. */
function heard({ received }: Client, text: string): Promise<void> {
  return expect.poll(() => Buffer.concat(received).includes(text), { interval: 1 }).toBe(true);
}

describe('at the door', () => {
  it('greets a connection', async () => {
    const client = open(makeSession().session);
    await expect.poll(() => types(Buffer.concat(client.received)), { interval: 1 }).toBe('RKZ');
  });

  it('says no to encryption and goes on', async () => {
    const client = connect(makeSession().session);
    const request = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
    client.connection.receive(Buffer.concat([request, startup({})]));
    await expect.poll(() => client.received.length, { interval: 1 }).toBe(2);
    expect(client.received[0]).toEqual(Buffer.from('N'));
  });

  it('hangs up on a cancel request', () => {
    const client = connect(makeSession().session);
    client.connection.receive(Buffer.from([0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 0]));
    expect(client.ends).toEqual(['end']);
  });

  it.each([
    ['a message of an unknown type', message('?')],
    ['a length that cannot be', Buffer.from([0x51, 0, 0, 0, 1])],
  ])('throws out a connection that sends %s, before it reaches the session', async (_, bytes) => {
    const { session, sent } = makeSession();
    const client = open(session);
    client.connection.receive(bytes);
    await client.connection.close();
    expect(client.ends).toEqual(['end']);
    expect(Buffer.concat(client.received).includes('08P01')).toBe(true);
    expect(sent).toEqual([]);
  });

  it('refuses settings the database does not accept', async () => {
    const { session } = makeSession({
      set_config: Buffer.concat([errorResponse('22023', 'no such'), readyForQuery('I')]),
    });
    const client = connect(session);
    client.connection.receive(startup({ options: '-c nonsense=1' }));
    await heard(client, 'no such');
    expect(client.ends).toEqual(['end']);
  });
});

describe('within a session', () => {
  it('sends a pipeline in one piece, with a CopyFail where a COPY would wait', async () => {
    const { session, sent } = makeSession();
    const client = open(session);
    client.connection.receive(
      Buffer.concat([message('P', 'a', 'x', none), message('B', '', 'a', none), message('E', '', none)]),
    );
    client.connection.receive(SYNC);
    client.connection.receive(query('simple'));
    await expect.poll(() => sent.map(types), { interval: 1 }).toEqual(['PBEfS', 'Qf']);
    expect(sent[0]?.includes('c1_a')).toBe(true);
  });

  it('keeps others out of a pipeline between its Flush and its Sync', async () => {
    const { session, sent } = makeSession();
    const one = open(session);
    const two = open(session);
    one.connection.receive(FLUSH);
    two.connection.receive(query('two'));
    await heard(two, '55P03');
    one.connection.receive(SYNC);
    two.connection.receive(query('again'));
    await expect.poll(() => sent.map(types), { interval: 1 }).toEqual(['fH', 'fS', 'Qf']);
  });

  it('answers a pipeline that got no turn with one error, and nothing more until its Sync', async () => {
    const { session, sent } = makeSession({ hold: readyForQuery('T') });
    const holder = open(session);
    const other = open(session);
    holder.connection.receive(query('hold'));
    other.connection.receive(Buffer.concat([FLUSH, FLUSH, query('ignored'), SYNC]));
    await expect.poll(() => types(Buffer.concat(other.received)), { interval: 1 }).toBe('RKZEZ');
    expect(sent.map(types)).toEqual(['Qf']);
  });

  it('finishes what was sent before a goodbye', async () => {
    const { session, sent } = makeSession();
    const client = open(session);
    client.connection.receive(Buffer.concat([query('last words'), message('X'), query('too late')]));
    await expect.poll(() => client.ends, { interval: 1 }).toEqual(['end']);
    expect(sent.map(types)).toEqual(['Qf']);
  });

  it('gives the session up when a statement gets no answer', async () => {
    const { session, aborted } = makeSession({ broken: message('D', none) });
    open(session).connection.receive(query('broken'));
    await expect.poll(() => aborted, { interval: 1 }).toHaveLength(1);
  });
});

describe('when it leaves', () => {
  it('undoes its transaction and forgets its statements', async () => {
    const { session, sent } = makeSession({ 'BEGIN': readyForQuery('T') }); // prettier-ignore
    const client = open(session);
    client.connection.receive(Buffer.concat([message('P', 'a', 'x', none), message('P', 'b', 'x', none), SYNC]));
    client.connection.receive(Buffer.concat([closeStatement('a'), SYNC, query('BEGIN')]));
    await expect.poll(() => sent.length, { interval: 1 }).toBe(3);
    await client.connection.close();
    expect(sent.map(types)).toEqual(['PPfS', 'CfS', 'Qf', 'QSQ', 'CS']);
    expect(sent.at(-1)).toEqual(Buffer.concat([closeStatement('c1_b'), SYNC]));
  });

  it('drops what has not begun', async () => {
    const { session, sent } = makeSession({ hold: readyForQuery('T') });
    const holder = open(session);
    const other = open(session);
    holder.connection.receive(query('hold'));
    other.connection.receive(query('waiting'));
    await expect.poll(() => sent.length, { interval: 1 }).toBe(1);
    await other.connection.close();
    await holder.connection.close();
    expect(sent.map(types)).toEqual(['Qf', 'QSQ']);
  });

  it('is told when the session fails, and so is everyone who comes later', () => {
    const { session } = makeSession();
    const client = open(session);
    session.fail(new Error('gone'));
    expect(client.ends).toEqual(['gone']);
    expect(connect(session).ends).toEqual(['gone']);
  });
});
