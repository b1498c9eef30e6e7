/** A PDF of objects 1, 2, ... with their streams, and the table of where each begins (ISO 32000-1, 7.5). Object 1 is the catalogue. */
export function pdfOfObjects(objects: ReadonlyArray<[dictionary: string, stream?: Uint8Array]>): Uint8Array {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  const starts: number[] = [];
  let length = parts[0]!.byteLength;
  const write = (part: Buffer) => {
    parts.push(part);
    length += part.byteLength;
  };
  objects.forEach(([dictionary, stream], index) => {
    starts.push(length);
    write(Buffer.from(`${index + 1} 0 obj\n${dictionary}\n`, 'latin1'));
    if (stream !== undefined) write(Buffer.concat([Buffer.from('stream\n', 'latin1'), stream, Buffer.from('\nendstream\n', 'latin1')]));
    write(Buffer.from('endobj\n', 'latin1'));
  });
  const table = starts.map((start) => `${String(start).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(Buffer.from(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`, 'latin1'));
  return Buffer.concat(parts);
}

/** Points: a letter sheet upright, and what of it is left free all around. */
const [sheetWidth, sheetHeight, margin] = [612, 792, 36];
const largestFont = 10;
/** Of a character of Courier, in its own size; and of a line. */
const [characterWidth, lineHeight] = [0.6, 1.2];

/** Text of a printer as sheets in its own columns: a form feed begins a new one, and the widest line fits. What Latin-1 does not have is a question mark. */
export function pdfOfText(text: string): Uint8Array {
  const sheets = text.replace(/\r\n?/g, '\n').split('\f').map((sheet) => sheet.split('\n'));
  const columns = sheets.flat().reduce((widest, line) => Math.max(widest, line.trimEnd().length), 1);
  const size = Math.min(largestFont, Math.floor((100 * (sheetWidth - 2 * margin)) / (columns * characterWidth)) / 100);
  const perSheet = Math.floor((sheetHeight - 2 * margin) / (size * lineHeight));
  const pages = sheets.flatMap((lines) => partsOf(lines, perSheet)).filter((lines, place) => place === 0 || lines.some((line) => line.trim() !== ''));
  const pageOf = (place: number) => 4 + 2 * place;
  return pdfOfObjects([
    ['<< /Type /Catalog /Pages 2 0 R >>'],
    [`<< /Type /Pages /Kids [${pages.map((_, place) => `${pageOf(place)} 0 R`).join(' ')}] /Count ${pages.length} >>`],
    ['<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>'],
    ...pages.flatMap((lines, place): Array<[string, Uint8Array?]> => {
      const content = Buffer.from(`BT /F1 ${size} Tf ${(size * lineHeight).toFixed(2)} TL ${margin} ${sheetHeight - margin - size} Td\n${lines.map((line) => `(${printable(line.trimEnd())}) '`).join('\n')}\nET`, 'latin1');
      return [
        [`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${sheetWidth} ${sheetHeight}] /Resources << /Font << /F1 3 0 R >> >> /Contents ${pageOf(place) + 1} 0 R >>`],
        [`<< /Length ${content.byteLength} >>`, content],
      ];
    }),
  ]);
}

function partsOf(lines: readonly string[], most: number): string[][] {
  return Array.from({ length: Math.max(1, Math.ceil(lines.length / most)) }, (_, part) => lines.slice(part * most, (part + 1) * most));
}

function printable(line: string): string {
  return line.replace(/[^\x20-\x7e\xa0-\xff]/g, '?').replace(/[\\()]/g, '\\$&');
}
