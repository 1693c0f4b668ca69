// What a web app does with OpenAI's own client: calls, listens, hangs up. Driven by the tests over `window.realtime`.
import * as newest from '@openai/agents-realtime';
import * as before from 'agents-realtime-0-3';

const SDKS = { newest, 0.3: before };

const PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** How loud a stream is, 0 to 1, at its loudest so far. */
function meter(stream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let loudest = 0;
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, ...samples.map(Math.abs));
  }, 20);
  return { loudest: () => loudest, stop: () => (clearInterval(timer), context.close()) };
}

const lineOf = (item) => {
  if (item.type === 'function_call') return `${item.name} -> ${item.output}`;
  return `${item.role}: ${item.content.map((part) => part.text ?? part.transcript ?? '').join(' ')}`;
};

let session;
let element;
let sound;
const events = [];
/** What came over the data channel, as it came. */
const told = [];
const errors = [];
const asked = [];

window.RTCPeerConnection = class extends RTCPeerConnection {
  createDataChannel(...args) {
    const channel = super.createDataChannel(...args);
    channel.addEventListener('message', ({ data }) => told.push(JSON.parse(data)));
    return channel;
  }
};

window.realtime = {
  async connect(version, { token, url }) {
    const sdk = SDKS[version];
    const weather = sdk.tool({
      name: 'get_weather',
      description: 'The weather of a city.',
      parameters: PARAMETERS,
      strict: true,
      execute: async ({ city }) => {
        asked.push(city);
        return `Sunny in ${city}.`;
      },
    });
    element = document.createElement('audio');
    const transport = new sdk.OpenAIRealtimeWebRTC({ audioElement: element, baseUrl: url });
    const agent = new sdk.RealtimeAgent({ name: 'Guide', instructions: 'Speak like a guide.', tools: [weather] });
    session = new sdk.RealtimeSession(agent, { transport });
    session.on('error', (error) => errors.push(JSON.stringify(error)));
    session.on('transport_event', (event) => events.push(event));
    await session.connect({ apiKey: token, url });
    sound = meter(element.srcObject);
    return transport.callId;
  },
  /** As an app without any SDK does; the status and the answer. */
  async offer(url, token, form) {
    const connection = new RTCPeerConnection();
    connection.addTransceiver('audio', { direction: 'sendrecv' });
    connection.createDataChannel('oai-events');
    await connection.setLocalDescription(await connection.createOffer());
    const { sdp } = connection.localDescription;
    const headers = { Authorization: `Bearer ${token}`, ...(form ? {} : { 'Content-Type': 'application/sdp' }) };
    let body = sdp;
    if (form) {
      body = new FormData();
      body.set('sdp', sdp);
      body.set('session', JSON.stringify({ type: 'realtime', instructions: 'Be brief.' }));
    }
    const response = await fetch(url, { method: 'POST', headers, body });
    const text = await response.text();
    if (response.status === 201) await connection.setRemoteDescription({ type: 'answer', sdp: text });
    connection.close();
    return { status: response.status, location: response.headers.get('Location'), text };
  },
  lines: () => session.history.map(lineOf),
  events: () => events.map(({ type }) => type),
  told: () => told,
  errors: () => errors,
  asked: () => asked,
  loudest: () => sound.loudest(),
  say: (text) => session.sendMessage(text),
  create: () => session.transport.sendEvent({ type: 'response.create' }),
  close: () => session.close(),
};
