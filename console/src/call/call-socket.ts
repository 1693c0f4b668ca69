import { io, type Socket } from 'socket.io-client';
import { ApiError, errorFromBody, toApiError } from '../api-error.js';
import { CALL_EVENTS, type CallEvent, readCallEvent } from './call-event.js';

const ACK_MS = 15_000;
const CONNECT_MS = 10_000;

/** A piece of the companion's voice: PCM16, 24 kHz. */
export interface Sound {
  turnId: string;
  samples: Int16Array<ArrayBuffer>;
}

export interface SocketListener {
  onEvent: (event: CallEvent) => void;
  onSound: (sound: Sound) => void;
  /** What the other people say: PCM16, 24 kHz. */
  onPeople: (samples: Int16Array<ArrayBuffer>) => void;
  onLost: () => void;
  /** Connected again after it was lost. */
  onBack: () => void;
  /** It will not come back: signed out, or refused. */
  onRefused: (error: ApiError) => void;
}

type Answer = Record<string, unknown>;

function samplesOf(audio: unknown): Int16Array<ArrayBuffer> {
  const bytes = audio instanceof ArrayBuffer ? audio : new ArrayBuffer(0);
  return new Int16Array(bytes, 0, Math.floor(bytes.byteLength / 2));
}

/** A refused handshake bears the server's error; anything else is the network. */
function connectError(error: Error & { data?: unknown }): ApiError {
  return error.data ? errorFromBody({ error: error.data }, 0) : toApiError(new TypeError(error.message));
}

/** The signalling of one call, over Socket.IO's namespace `/voice`. */
export class CallSocket {
  private readonly socket: Socket;
  private closed = false;

  constructor(token: () => string | undefined, listener: SocketListener) {
    this.socket = io('/voice', {
      auth: (give) => give({ token: token() }),
      // Sound is small and frequent; requests by HTTP are for where WebSockets are not let through.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      forceNew: true,
      autoConnect: false,
      reconnectionDelay: 300,
      reconnectionDelayMax: 2000,
    });
    this.listen(listener);
  }

  /** Throws an ApiError where it is refused or cannot be reached. */
  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (done: () => void): void => {
        clearTimeout(timer);
        this.socket.off('connect', onConnect).off('connect_error', onError);
        done();
      };
      const onConnect = (): void => end(resolve);
      const onError = (error: Error): void => end(() => reject(connectError(error)));
      const timer = setTimeout(() => onError(new Error('timeout')), CONNECT_MS);
      this.socket.once('connect', onConnect).once('connect_error', onError);
      this.socket.connect();
    });
  }

  /** Asks and waits for the acknowledgement. Throws the server's error as an ApiError. */
  async ask(name: string, body: object = {}): Promise<Answer> {
    let answer: Answer | undefined;
    try {
      answer = (await this.socket.timeout(ACK_MS).emitWithAck(name, body)) as Answer | undefined;
    } catch {
      throw new ApiError('The server took too long to answer. Please try again.', 'CLIENT_TIMEOUT');
    }
    if (answer?.ok !== true) throw errorFromBody(answer, 0);
    return answer;
  }

  /** Sound that cannot be sent now is of no use later. */
  sound(samples: Int16Array<ArrayBuffer>): void {
    this.socket.volatile.emit('audio.append', samples.buffer);
  }

  close(): void {
    this.closed = true;
    this.socket.disconnect();
  }

  private listen(listener: SocketListener): void {
    for (const name of CALL_EVENTS) {
      this.socket.on(name, (body: unknown) => {
        const event = readCallEvent(name, body);
        if (event) listener.onEvent(event);
      });
    }
    this.socket.on('response.audio', (body: { turn_id?: string; audio?: unknown } | null) => {
      listener.onSound({ turnId: body?.turn_id ?? '', samples: samplesOf(body?.audio) });
    });
    this.socket.on('participants.audio', (body: { audio?: unknown } | null) =>
      listener.onPeople(samplesOf(body?.audio)),
    );
    let wasLost = false;
    this.socket.on('disconnect', (reason) => {
      if (this.closed) return;
      wasLost = true;
      listener.onLost();
      // Socket.IO takes it for final when the server closes a socket; the call may be waiting for it all the same.
      if (reason === 'io server disconnect') this.socket.connect();
    });
    this.socket.on('connect', () => {
      if (wasLost) listener.onBack();
    });
    this.socket.on('connect_error', (error: Error & { data?: unknown }) => {
      if (wasLost && error.data) listener.onRefused(connectError(error));
    });
  }
}
