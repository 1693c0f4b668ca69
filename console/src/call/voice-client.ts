import { ApiError } from '../api-error.js';
import { type CallEvent, type CallPerson, peopleOf } from './call-event.js';
import { type CallLine, type Levels, SILENCE } from './call-line.js';
import { callProblem, endProblem, microphoneProblem, UNSAFE_PAGE } from './call-problem.js';
import { CallSocket, type Sound } from './call-socket.js';
import type { CallAction, Problem, Transport } from './call-state.js';
import { hasMicrophones, openMicrophone } from './microphone.js';
import { SocketLine } from './socket-line.js';
import { type MediaOffer, WebRtcLine } from './webrtc-line.js';

const END_MS = 5000;

export interface CallWish {
  sessionId: string;
  personalityId: string;
  transport: 'auto' | Transport;
  /** The browser's own choice where empty. */
  microphoneId: string;
  speakerId: string;
}

export interface Credentials {
  token: () => string | undefined;
  /** Makes an expired token a new one. Throws an ApiError. */
  renew: () => Promise<void>;
}

const hasWebRtc = (): boolean => 'RTCPeerConnection' in window;

/** One call of this page: its socket, its sound, its microphone. What happens in it goes out as actions. */
export class VoiceClient {
  private readonly socket: CallSocket;
  private line: CallLine | null = null;
  private track: MediaStreamTrack | null = null;
  private callId: string | null = null;
  private participantId = '';
  private closed = false;
  private muted = false;
  /** Turns whose sound is not to be heard any more. */
  private readonly silenced = new Set<string>();
  /** Waits for the end of a call that gives way to one over another transport. */
  private onEnded: (() => void) | null = null;
  private typed = 0;

  constructor(
    private readonly wish: CallWish,
    private readonly credentials: Credentials,
    private readonly dispatch: (action: CallAction) => void,
  ) {
    this.socket = new CallSocket(credentials.token, {
      onEvent: (event) => this.told(event),
      onSound: (sound) => this.play(sound),
      onPeople: (samples) => {
        if (this.line instanceof SocketLine) this.line.playPeople(samples);
      },
      onLost: () => this.dispatch({ type: 'lost' }),
      onBack: () => void this.resume(),
      onRefused: (error) => this.fail(callProblem(error)),
    });
  }

  /** Ends in `connected` or `failed`. */
  async start(): Promise<void> {
    try {
      const track = await this.microphone(this.wish.microphoneId);
      // Hung up while the browser was asking: nothing may go on listening.
      if (this.closed) track?.stop();
      if (!track || this.closed) return;
      this.track = track;
      await this.connect();
      await this.dial();
    } catch (cause) {
      this.fail(callProblem(cause));
    }
  }

  get levels(): Levels {
    return this.line?.levels() ?? SILENCE;
  }

  /** Throws an ApiError. */
  async type(text: string): Promise<void> {
    this.typed += 1;
    const key = `typed-${this.typed}`;
    this.dispatch({ type: 'typed', key, text, at: new Date().toISOString() });
    await this.socket.ask('text.send', { text });
  }

  /** Throws an ApiError. */
  async interrupt(): Promise<void> {
    await this.socket.ask('response.cancel');
  }

  /** What `call.join` of somebody else's app wants: the call and an invitation to it. Throws an ApiError. */
  async invite(): Promise<string> {
    const { invitation } = await this.socket.ask('call.invite');
    return `${this.callId} ${String(invitation)}`;
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    if (this.track) this.track.enabled = !muted;
  }

  async useMicrophone(deviceId: string): Promise<void> {
    const track = await this.microphone(deviceId, (problem) => this.dispatch(notice(problem)));
    if (this.closed) track?.stop();
    if (!track || this.closed) return;
    await this.line?.useMicrophone(track);
    this.track?.stop();
    this.track = track;
    this.setMuted(this.muted);
  }

  async useSpeaker(deviceId: string): Promise<void> {
    await this.line?.useSpeaker(deviceId);
  }

  /** Resolves when the server has ended the call, and all of it is stored. */
  async hangUp(): Promise<void> {
    if (this.closed) return;
    this.silence();
    try {
      await this.endCall();
    } finally {
      this.dispatch({ type: 'hung-up' });
      this.close();
    }
  }

  private async microphone(deviceId: string, fail = (problem: Problem) => this.fail(problem)) {
    if (!hasMicrophones()) {
      fail(UNSAFE_PAGE);
      return null;
    }
    try {
      return await openMicrophone(deviceId);
    } catch (cause) {
      fail(microphoneProblem(cause));
      return null;
    }
  }

  private async connect(): Promise<void> {
    try {
      await this.socket.connect();
    } catch (cause) {
      if (!(cause instanceof ApiError) || !cause.code.startsWith('AUTH_')) throw cause;
      await this.credentials.renew();
      await this.socket.connect();
    }
  }

  /** WebRTC where both sides can, else the socket. */
  private async dial(): Promise<void> {
    const { transport } = this.wish;
    if (transport !== 'socket' && hasWebRtc()) {
      try {
        return await this.dialBy('webrtc', false);
      } catch (cause) {
        if (transport === 'webrtc' || this.closed) throw cause;
        await this.giveWay();
      }
    }
    return this.dialBy('socket', transport !== 'socket');
  }

  private async dialBy(transport: Transport, fellBack: boolean): Promise<void> {
    const { sessionId, personalityId } = this.wish;
    const answer = await this.socket.ask('call.start', {
      session_id: sessionId,
      personality_id: personalityId,
      transport,
    });
    this.callId = String(answer.call_id);
    this.participantId = String(answer.participant_id);
    await this.open(transport, answer);
    if (this.closed) return;
    this.dispatch({ type: 'connected', transport, fellBack });
  }

  private async open(transport: Transport, answer: object): Promise<void> {
    if (!this.track) return;
    const line =
      transport === 'webrtc'
        ? await WebRtcLine.open(this.socket, answer as MediaOffer, this.track)
        : await SocketLine.open(this.track, (samples) => this.socket.sound(samples));
    if (this.closed) {
      line.close();
      return;
    }
    this.line = line;
    // A loudspeaker that is gone is no reason not to hear anything.
    if (this.wish.speakerId) await line.useSpeaker(this.wish.speakerId).catch(() => undefined);
  }

  /** Ends the call that cannot be heard, so that its socket is free for another one. */
  private async giveWay(): Promise<void> {
    this.line?.close();
    this.line = null;
    await this.endCall();
    this.callId = null;
  }

  private async endCall(): Promise<void> {
    if (this.callId === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ended = new Promise<void>((resolve) => {
      this.onEnded = resolve;
      timer = setTimeout(resolve, END_MS);
    });
    try {
      await this.socket.ask('call.end');
      await ended;
    } catch {
      // It has ended already, or the server ends it by itself when nobody comes back.
    } finally {
      clearTimeout(timer);
      this.onEnded = null;
    }
  }

  private async resume(): Promise<void> {
    if (this.closed || this.callId === null) return;
    const isDeaf = this.line?.connected === false;
    try {
      const answer = await this.socket.ask('call.resume', { call_id: this.callId, new_transports: isDeaf });
      if (isDeaf) {
        this.line?.close();
        await this.open('webrtc', answer);
      }
      const people = peopleOf(answer);
      this.dispatch({ type: 'told', event: { type: 'people', people }, problem: null, at: new Date().toISOString() });
      this.hear(people);
      this.dispatch({ type: 'resumed' });
    } catch (cause) {
      this.fail(callProblem(cause));
    }
  }

  private told(event: CallEvent): void {
    if (event.type === 'ended' && this.onEnded) {
      this.onEnded();
      return;
    }
    if (event.type === 'people') this.hear(event.people);
    if (event.type === 'response-interrupted') this.silence(event.turnId);
    if (event.type === 'response-done' && event.outcome !== 'completed') this.silence(event.turnId);
    this.dispatch({ type: 'told', event, problem: problemOf(event), at: new Date().toISOString() });
    if (event.type === 'ended') this.close();
  }

  /** Somebody who cannot be heard is no reason to end the call. */
  private hear(people: readonly CallPerson[]): void {
    const others = people.filter(({ id }) => id !== this.participantId);
    if (!(this.line instanceof WebRtcLine)) return;
    this.line.hear(others).catch((cause: unknown) => this.dispatch(notice(callProblem(cause))));
  }

  private play({ turnId, samples }: Sound): void {
    if (this.line instanceof SocketLine && !this.silenced.has(turnId)) this.line.play(samples);
  }

  private silence(turnId?: string): void {
    if (turnId !== undefined) this.silenced.add(turnId);
    if (this.line instanceof SocketLine) this.line.hush();
  }

  private fail(problem: Problem): void {
    this.dispatch({ type: 'failed', problem });
    this.close();
  }

  private close(): void {
    this.closed = true;
    this.line?.close();
    this.line = null;
    this.track?.stop();
    this.socket.close();
  }
}

const notice = (problem: Problem): CallAction => ({ type: 'noticed', problem });

function problemOf(event: CallEvent): Problem | null {
  if (event.type === 'error') return callProblem(event.error);
  return event.type === 'ended' ? endProblem(event.reason) : null;
}
