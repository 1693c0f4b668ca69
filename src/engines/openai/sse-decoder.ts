/** One server-sent event. */
export interface SseMessage {
  /** The `event:` field, where there was one. */
  event: string | undefined;
  data: string;
}

/** No event of a model is nearly this long; without a bound, a server that never ends a line would fill the memory. */
const MAX_BUFFERED_CHARACTERS = 8_000_000;

/** Cuts a stream of text into server-sent events. Lines may end in LF, CRLF or CR; comments are dropped. */
export class SseDecoder {
  private rest = '';
  private hasBegun = false;
  private data: string | undefined;
  private event: string | undefined;

  /** The events that `text` completes. Throws a RangeError when a line outgrows every bound. */
  push(text: string): SseMessage[] {
    const messages: SseMessage[] = [];
    const buffered = this.rest === '' ? this.begun(text) : this.rest + text;
    // Almost no server sends CR, and searching for it line by line would read the text once a line.
    const nextEnd = buffered.includes('\r') ? lineEnd : lineFeed;
    let start = 0;
    for (let end = nextEnd(buffered, 0); end !== -1; end = nextEnd(buffered, start)) {
      this.line(buffered.slice(start, end), messages);
      start = end + (buffered.startsWith('\r\n', end) ? 2 : 1);
    }
    this.rest = start === 0 ? buffered : buffered.slice(start);
    if (this.rest.length + (this.data?.length ?? 0) > MAX_BUFFERED_CHARACTERS)
      throw new RangeError('SSE line too long');
    return messages;
  }

  /** The event that the end of the stream completes: some servers leave out the last blank line. */
  flush(): SseMessage[] {
    const messages: SseMessage[] = [];
    this.line(this.rest, messages);
    this.line('', messages);
    this.rest = '';
    return messages;
  }

  /** A byte order mark may stand before everything else, and is nothing of it. */
  private begun(text: string): string {
    if (this.hasBegun || text === '') return text;
    this.hasBegun = true;
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  private line(line: string, messages: SseMessage[]): void {
    if (line === '') return this.dispatch(messages);
    if (line.startsWith('data:')) {
      const value = fieldValue(line, 5);
      this.data = this.data === undefined ? value : `${this.data}\n${value}`;
    } else if (line.startsWith('event:')) {
      this.event = fieldValue(line, 6);
    }
  }

  private dispatch(messages: SseMessage[]): void {
    if (this.data !== undefined) messages.push({ event: this.event, data: this.data });
    this.data = undefined;
    this.event = undefined;
  }
}

function lineFeed(text: string, from: number): number {
  return text.indexOf('\n', from);
}

/** A CR at the very end may be half of a CRLF: its line waits for the next text. */
function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  const carriage = text.indexOf('\r', from);
  if (carriage === -1 || (feed !== -1 && feed < carriage)) return feed;
  return carriage === text.length - 1 ? -1 : carriage;
}

function fieldValue(line: string, from: number): string {
  return line.slice(line.charCodeAt(from) === 0x20 ? from + 1 : from);
}
