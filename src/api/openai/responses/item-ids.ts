/** Ids of the protocol are the engine's own with a word before them; nothing else is kept to find a thing again. */
const ID = /^([a-z]+)_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})(?:_(\d{1,4}))?$/;

export type Kind = 'resp' | 'conv' | 'msg' | 'fc' | 'fco';

/** `index` tells the calls of one message apart. */
export const wireId = (kind: Kind, uuid: string, index?: number): string =>
  `${kind}_${uuid.replaceAll('-', '')}${index === undefined ? '' : `_${index}`}`;

/** Undefined for an id that this server has not made. */
export function readWireId(id: string): { kind: string; uuid: string; index: number | undefined } | undefined {
  const [, kind, a, b, c, d, e, index] = ID.exec(id) ?? [];
  if (kind === undefined) return undefined;
  return { kind, uuid: [a, b, c, d, e].join('-'), index: index === undefined ? undefined : Number(index) };
}

/** The engine's id behind one of this kind. Undefined for anything else. */
export function uuidOf(kind: Kind, id: string): string | undefined {
  const read = readWireId(id);
  return read?.kind === kind ? read.uuid : undefined;
}
