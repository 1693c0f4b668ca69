/** A chunk as it came; tests read it by its documented names. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Chunk = any;

export interface ReadEvents {
  /** What stood after each `data: `, `[DONE]` left out. */
  chunks: Chunk[];
  comments: string[];
  /** The assistant's text. */
  content: string;
  done: boolean;
}

/** Reads a stream as strictly as the CozyChat web app: every event is one line that starts exactly `data: `. */
export function readEvents(text: string): ReadEvents {
  if (text.includes('\r')) throw new Error('the stream has a CR in it');
  if (!text.endsWith('\n\n')) throw new Error(`the stream does not end with a blank line: ${text.slice(-80)}`);
  const read: ReadEvents = { chunks: [], comments: [], content: '', done: false };
  for (const event of text.slice(0, -2).split('\n\n')) {
    if (event.includes('\n')) throw new Error(`an event of more than one line: ${event}`);
    if (read.done) throw new Error(`something after [DONE]: ${event}`);
    if (event.startsWith(':')) read.comments.push(event);
    else if (event === 'data: [DONE]') read.done = true;
    else if (event.startsWith('data: {')) read.chunks.push(JSON.parse(event.slice('data: '.length)));
    else throw new Error(`not an event: ${event}`);
  }
  read.content = read.chunks.map((chunk) => (chunk.choices?.[0]?.delta?.content as string | undefined) ?? '').join('');
  return read;
}

interface ChatOptions {
  token: string;
  body: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** A streamed chat request whose answer is read bit by bit. */
export class ChatStream {
  text = '';
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;

  private constructor(
    readonly response: Response,
    private readonly controller: AbortController,
  ) {
    if (!response.body) throw new Error('an answer without a body');
    this.reader = response.body.getReader();
  }

  /** Resolves with the headers. */
  static async open(url: string, { token, body, headers }: ChatOptions): Promise<ChatStream> {
    const controller = new AbortController();
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify({ stream: true, ...body }),
      signal: controller.signal,
    });
    return new ChatStream(response, controller);
  }

  /** Reads until the text so far satisfies `seen`; throws if the stream ends before. */
  async until(seen: (text: string) => boolean): Promise<string> {
    while (!seen(this.text)) {
      if (!(await this.more())) throw new Error(`the stream ended: ${this.text}`);
    }
    return this.text;
  }

  /** Some of the answer's own words have come. */
  untilSaid(): Promise<string> {
    return this.until((text) => /"delta":\{"content":"[^"]/.test(text));
  }

  /** All of it. */
  async whole(): Promise<string> {
    while (await this.more());
    return this.text;
  }

  async events(): Promise<ReadEvents> {
    return readEvents(await this.whole());
  }

  /** Goes away, as a closed browser tab does. */
  leave(): void {
    this.controller.abort();
  }

  private async more(): Promise<boolean> {
    const { done, value } = await this.reader.read();
    this.text += this.decoder.decode(value, { stream: !done });
    return !done;
  }
}

/** A whole streamed answer. */
export async function streamChat(url: string, options: ChatOptions): Promise<ReadEvents> {
  return (await ChatStream.open(url, options)).events();
}
