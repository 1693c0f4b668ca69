import { within } from './deadline.js';

/** The server sends a ping every 15 s: three missed means that nobody is there any more. */
const SILENCE_MS = 50_000;

/** Fed with text cut anywhere, gives the `data` of each complete event. Comments and other fields are dropped. */
export class SseParser {
  private rest = '';
  private data: string[] = [];

  push(text: string): string[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.line(line));
  }

  /** What a stream that ends without its last blank line still had to say. */
  end(): string[] {
    const last = this.rest.replace(/\r$/, '');
    this.rest = '';
    return [...this.line(last), ...this.line('')];
  }

  private line(line: string): string[] {
    if (line === '') {
      const event = this.data;
      this.data = [];
      return event.length > 0 ? [event.join('\n')] : [];
    }
    if (line.startsWith('data:')) this.data.push(line.slice(5).replace(/^ /, ''));
    return [];
  }
}

/** The events of a fetch body, as they come. Leaving the loop early closes the connection. */
export async function* readSse(body: ReadableStream<Uint8Array>, silenceMs = SILENCE_MS): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silenceMs);
      if (done) break;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
    yield* parser.push(decoder.decode());
    yield* parser.end();
  } finally {
    // Already broken or closed: there is nothing left to cancel, and the first error is the one that counts.
    await reader.cancel().catch(() => undefined);
  }
}
