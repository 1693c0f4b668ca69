/** A list within the export. Its items come one by one: nobody holds them all. */
export interface ExportSection {
  name: string;
  items: AsyncIterable<object>;
}

/**
 * The export as JSON text, in pieces: the fields of `head`, each section as a list, the fields of `tail`, which is asked
 * when everything else has been said.
 */
export async function* exportText(
  head: object,
  sections: readonly ExportSection[],
  tail: () => object,
): AsyncGenerator<string> {
  yield `{${fieldsOf(head)}`;
  for (const { name, items } of sections) {
    yield `,\n${JSON.stringify(name)}:[`;
    let separator = '\n';
    for await (const item of items) {
      yield separator + JSON.stringify(item);
      separator = ',\n';
    }
    yield ']';
  }
  yield `,\n${fieldsOf(tail())}}\n`;
}

const fieldsOf = (record: object): string =>
  Object.entries(record)
    .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value ?? null)}`)
    .join(',\n');

/** Pieces of about `size` bytes, the last one smaller; one that is larger already stays whole. */
export async function* inParts(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < size) continue;
    yield Buffer.concat(held);
    held = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(held);
}
