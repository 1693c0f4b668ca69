export interface PdfLine {
  text: string;
  /** In points. */
  size?: number;
}

interface PdfOptions {
  /** Locked by a password that nobody knows. */
  encrypted?: boolean;
}

const LEFT = 72;
const TOP = 760;
const isLatin = (text: string) => /^[\x20-\x7e]*$/.test(text);
const escaped = (text: string) => text.replaceAll(/[\\()]/g, String.raw`\$&`);
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex');

/** Latin lines in Helvetica, others in a Chinese font that is named and not contained, as older programs did. */
function contentOf(lines: readonly PdfLine[]): string {
  let y = TOP;
  return lines
    .map(({ text, size = 11 }) => {
      const shown = isLatin(text) ? `/F1 ${size} Tf (${escaped(text)}) Tj` : `/F2 ${size} Tf <${utf16(text)}> Tj`;
      const placed = `BT 1 0 0 1 ${LEFT} ${y} Tm ${shown} ET`;
      y -= Math.round(size * 1.3);
      return placed;
    })
    .join('\n');
}

/** A small PDF, written by hand: one list of lines a page. */
export function pdfOf(pages: readonly (readonly PdfLine[])[], { encrypted = false }: PdfOptions = {}): Buffer {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${pages.map((_, at) => `${7 + at * 2} 0 R`).join(' ')}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    '<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R] >>',
    '<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /DW 1000 /FontDescriptor 6 0 R >>',
    '<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>',
    ...pages.flatMap((lines, at) => {
      const content = contentOf(lines);
      const resources = '<< /Font << /F1 3 0 R /F2 4 0 R >> >>';
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources ${resources} /Contents ${8 + at * 2} 0 R >>`,
        `<< /Length ${Buffer.byteLength(content)} >>\nstream\n${content}\nendstream`,
      ];
    }),
  ];
  const secret = 'ab'.repeat(32);
  if (encrypted) objects.push(`<< /Filter /Standard /V 1 /R 2 /O <${secret}> /U <${secret}> /P -4 >>`);
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, at) => {
    const offset = body.length;
    body += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const lock = encrypted ? ` /Encrypt ${objects.length} 0 R /ID [<${'00'.repeat(16)}> <${'00'.repeat(16)}>]` : '';
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R${lock} >>\nstartxref\n${body.length}\n%%EOF\n`;
  return Buffer.from(`${body}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}${trailer}`, 'latin1');
}
