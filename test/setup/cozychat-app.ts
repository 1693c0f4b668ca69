import { randomBytes } from 'node:crypto';
import { type AxiosInstance, create } from 'axios';
import { type Chunk, readEvents } from './chat-stream.js';

// What the app reads is told by its tests; a field that is not there fails them.
// oxlint-disable-next-line typescript/no-explicit-any
type Body = any;

/** The CozyChat web app's own way to its server: its axios settings, its unwrapping of `data`, its reading of streams. */
export class CozyChatApp {
  private readonly client: AxiosInstance;
  token = '';

  constructor(private readonly url: string) {
    this.client = create({
      baseURL: url,
      timeout: 30_000,
      headers: { 'Content-Type': 'application/json' },
      withCredentials: false,
      // Every answer below 500 is taken for a good one.
      validateStatus: (status) => status < 500,
      maxBodyLength: Infinity,
    });
    this.client.interceptors.request.use((config) => {
      if (this.token) config.headers.Authorization = `Bearer ${this.token}`;
      return config;
    });
  }

  /** The body as the app sees it; the status beside it, which the app does not look at. */
  async call(method: string, route: string, data?: unknown, params?: object): Promise<{ status: number; body: Body }> {
    const answer = await this.client.request({ method, url: route, data, params });
    const whole: Body = answer.data;
    const unwrapped: Body = whole?.data;
    return { status: answer.status, body: unwrapped === undefined ? whole : unwrapped };
  }

  async register(): Promise<{ username: string; password: string; body: Body; status: number }> {
    const username = `u${randomBytes(6).toString('hex')}`;
    const password = 'secret';
    const request = { username, email: `${username}@example.com`, password };
    const { status, body } = await this.call('POST', '/v1/users/register', request);
    this.token = body.access_token as string;
    return { username, password, status, body };
  }

  /** A message as the chat page sends it: with everything that is on the screen before it. */
  async say(sessionId: string, content: string, shown: { role: string; content: string }[] = []): Promise<Chunk[]> {
    const response = await fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.token}` },
      body: JSON.stringify({
        messages: [...shown, { role: 'user', content }],
        personality_id: 'companion',
        session_id: sessionId,
        stream: true,
        use_memory: true,
      }),
    });
    if (!response.ok) throw new Error(`HTTP error! status: ${response.status}`);
    const { chunks, done } = readEvents(await response.text());
    if (!done) throw new Error('the stream has no end');
    return chunks;
  }
}
