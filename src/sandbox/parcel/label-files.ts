/** What stands on a label of the sandbox. */
export interface LabelText {
  lines: readonly string[];
}

/** A PDF of one page, 4 by 6 inches, that every viewer opens: objects, cross-reference table with true offsets, trailer. */
export function pdfOf({ lines }: LabelText): Buffer {
  const text = lines.map((line, index) => `BT /F1 14 Tf 24 ${396 - index * 26} Td (${escaped(line)}) Tj ET`).join('\n');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 432] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>',
    `<< /Length ${Buffer.byteLength(text, 'latin1')} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = Buffer.byteLength(body, 'latin1');
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const start = Buffer.byteLength(body, 'latin1');
  body += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('')}`;
  body += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(body, 'latin1');
}

/** The same for label printers. */
export function zplOf({ lines }: LabelText): Buffer {
  const fields = lines.map((line, index) => `^FO40,${60 + index * 60}^A0N,36,36^FD${line.replace(/[\^~]/g, ' ')}^FS`).join('\n');
  return Buffer.from(`^XA\n${fields}\n^FO40,${80 + lines.length * 60}^BCN,120,Y,N,N^FD${(lines[0] ?? '').replace(/[\^~]/g, ' ')}^FS\n^XZ\n`, 'utf8');
}

function escaped(line: string): string {
  return line.replace(/[^\x20-\x7e]/g, '?').replace(/[\\()]/g, '\\$&');
}
