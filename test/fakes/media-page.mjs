// A caller in a real browser: what a web app does with mediasoup-client, driven by the tests through `window.caller`.
// `window.signal(method, …)` reaches the peer on the server; the tests provide it.
import { Device } from 'mediasoup-client';

let sending;
let receiving;
let microphone;
let analyser;
let received;
let device;

/** mediasoup-client wants its answer by callbacks. */
async function answer(done, failed, asked) {
  try {
    done(await asked);
  } catch (error) {
    failed(error);
  }
}

async function join(offer, { useMicrophone = true, relayOnly = false } = {}) {
  device = new Device();
  await device.load({ routerRtpCapabilities: offer.routerRtpCapabilities });
  const { iceServers } = offer;
  const ice = { iceServers, ...(relayOnly && { iceTransportPolicy: 'relay' }) };
  sending = device.createSendTransport({ ...offer.sendTransport, ...ice });
  receiving = device.createRecvTransport({ ...offer.recvTransport, ...ice });
  for (const transport of [sending, receiving]) {
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      void answer(done, failed, window.signal('connect', transport.id, dtlsParameters));
    });
  }
  sending.on('produce', ({ rtpParameters }, done, failed) => {
    const produced = window.signal('produce', sending.id, rtpParameters);
    void answer((id) => done({ id }), failed, produced);
  });
  if (useMicrophone) await speak();
  await listen(await window.signal('consume', device.recvRtpCapabilities));
  await window.signal('resumeConsumers');
}

/** The fake microphone plays a file; what browsers do to real voices would suppress it. */
async function speak() {
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const [track] = (await navigator.mediaDevices.getUserMedia({ audio })).getAudioTracks();
  microphone = await sending.produce({ track });
}

let voice;

/** Instead of the microphone: silence, and what `say` is given. */
async function useVoice() {
  const context = new AudioContext();
  voice = { context, out: context.createMediaStreamDestination() };
  const [track] = voice.out.stream.getAudioTracks();
  microphone = await sending.produce({ track });
}

/** @param wav base64. */
async function say(wav) {
  const bytes = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
  const buffer = await voice.context.decodeAudioData(bytes.buffer);
  const source = new AudioBufferSourceNode(voice.context, { buffer });
  source.connect(voice.out);
  source.start();
}

/** From now on the tone is theirs. */
async function hearPerson(participantId) {
  await listen(await window.signal('consume', device.recvRtpCapabilities, participantId));
  await window.signal('resumeConsumers');
}

async function listen(parameters) {
  const consumer = await receiving.consume(parameters);
  received = consumer;
  const stream = new MediaStream([consumer.track]);
  // Chromium hands a remote track to Web Audio only while an element plays it.
  const element = document.createElement('audio');
  element.srcObject = stream;
  element.muted = true;
  await element.play();
  const context = new AudioContext();
  analyser = new AnalyserNode(context, { fftSize: 8192 });
  new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser);
}

/** Hertz of the loudest tone at this moment, and how loud it is in decibels of full scale. */
function tone() {
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  const loudest = bins.indexOf(Math.max(...bins));
  return { hertz: (loudest * analyser.context.sampleRate) / analyser.fftSize, decibels: bins[loudest] };
}

async function inbound() {
  const stats = [...(await received.getStats()).values()];
  const { packetsReceived = 0, packetsLost = 0 } = stats.find(({ type }) => type === 'inbound-rtp') ?? {};
  return { packetsReceived, packetsLost };
}

/** Of the paths that are used: `host`, `srflx` or `relay`. */
async function candidateTypes() {
  const pairs = [];
  for (const transport of [sending, receiving]) {
    const stats = [...(await transport.getStats()).values()];
    const used = stats.find(
      ({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded',
    );
    pairs.push(stats.find(({ id }) => id === used?.localCandidateId)?.candidateType);
  }
  return pairs;
}

async function restartIce() {
  for (const transport of [sending, receiving]) {
    await transport.restartIce({ iceParameters: await window.signal('restartIce', transport.id) });
  }
}

window.caller = {
  join,
  speak,
  useVoice,
  hearPerson,
  say,
  tone,
  inbound,
  restartIce,
  candidateTypes,
  connectionStates: () => [sending.connectionState, receiving.connectionState],
  mute: () => microphone.pause(),
};
