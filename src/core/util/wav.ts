const HEADER_BYTES = 44;

/** A WAV file of mono PCM16 samples, given as numbers or as their bytes. */
export function wavOf(pieces: readonly ArrayBufferView[], sampleRate: number): Uint8Array<ArrayBuffer> {
  const dataBytes = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const bytes = new Uint8Array(HEADER_BYTES + dataBytes);
  writeHeader(new DataView(bytes.buffer), dataBytes, sampleRate);
  let at = HEADER_BYTES;
  for (const { buffer, byteOffset, byteLength } of pieces) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return bytes;
}

function writeHeader(view: DataView, dataBytes: number, sampleRate: number): void {
  const text = (at: number, letters: string) => {
    for (let index = 0; index < letters.length; index++) view.setUint8(at + index, letters.charCodeAt(index));
  };
  text(0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + dataBytes, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, dataBytes, true);
}
