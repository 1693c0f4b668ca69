/** The largest single message that is read from a server, over whichever transport. */
export const MOST_MESSAGE_BYTES = 8 * 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
}

/**
 * Passes bytes on until one message is larger than it may be. In a stream of server-sent events each event counts by
 * itself (an empty line ends it), so that a stream may live as long as it likes.
 */
export function messageLimit(isEventStream: boolean, most: number, atEnd: () => void): TransformStream {
  let size = 0;
  let lineIsEmpty = true;
  const count = (chunk: Uint8Array): void => {
    if (!isEventStream) {
      size += chunk.length;
      return;
    }
    for (const byte of chunk) {
      if (byte === CARRIAGE_RETURN) continue;
      size = byte === LINE_FEED && lineIsEmpty ? 0 : size + 1;
      lineIsEmpty = byte === LINE_FEED;
    }
  };
  return new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      count(chunk);
      if (size > most) throw new MessageTooLarge(`A message is larger than ${most} bytes.`);
      controller.enqueue(chunk);
    },
    flush: atEnd,
  });
}
