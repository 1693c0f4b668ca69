// What YAML cannot say: answers that come in pieces, and of which only the end is known.
'use strict';

const { TARGET } = process.env;
const ANSWER_MS = 60_000;

/** A stream that was cut is not an answer, though its status is 200. */
async function wholeStream(_request, response) {
  if (!String(response.body).trimEnd().endsWith('data: [DONE]')) throw new Error('the stream broke off');
}

/** Rejects unless `settle` is called in time. */
function within(ms, what, start) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} took too long`)), ms);
    start(
      (value) => (clearTimeout(timer), resolve(value)),
      (error) => (clearTimeout(timer), reject(error)),
    );
  });
}

/** One message over the socket; times to the first piece and to the end are told. */
async function talkOverSocket(context, events) {
  const socket = context.sockets[''];
  const startedAt = performance.now();
  const tell = (name) => events.emit('histogram', name, performance.now() - startedAt);
  const text = 'I saw a heron by the river.';
  const sessionId = context.vars.sessionId;
  socket.once('chat.delta', () => tell('chat.first_delta'));
  await within(ANSWER_MS, 'chat.done', (done, fail) => {
    socket.once('chat.done', done);
    socket.once('chat.error', ({ error }) => fail(new Error(error.code)));
    socket.emit('chat.send', { text, ...(sessionId && { session_id: sessionId }) }, (told) => {
      if (told.ok) context.vars.sessionId = told.session_id;
      else fail(new Error(told.error.code));
    });
  });
  tell('chat.done');
}

/** Artillery fills in no headers. */
function connectRealtime(params, context, done) {
  params.target = `${TARGET.replace(/^http/, 'ws')}/v1/realtime`;
  params.options = { ...params.options, headers: { authorization: `Bearer ${context.vars.token}` } };
  done();
}

/** Something typed, answered in words. */
async function talkOverRealtime(context, events) {
  const { ws } = context;
  const startedAt = performance.now();
  const tell = (name) => events.emit('histogram', name, performance.now() - startedAt);
  const content = [{ type: 'input_text', text: 'I saw a heron by the river.' }];
  let first = true;
  await within(ANSWER_MS, 'response.done', (done, fail) => {
    // As the engine itself does: one listener, for the step that runs.
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    ws.onmessage = ({ data }) => {
      const { type, error } = JSON.parse(data);
      if (type === 'error') fail(new Error(error.code ?? error.message));
      if (type === 'response.output_text.delta' && first) {
        first = false;
        tell('realtime.first_delta');
      }
      if (type === 'response.done') done();
    };
    const say = (event) => ws.send(JSON.stringify(event));
    say({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    say({ type: 'response.create', response: { output_modalities: ['text'] } });
  });
  tell('realtime.response_done');
}

module.exports = { wholeStream, talkOverSocket, connectRealtime, talkOverRealtime };
