import { sha256 } from '../../../lib/ids.js';
import type { LabelFormat } from '../../../model/commands.js';
import { recordId } from '../../../model/record-ids.js';
import type { PerformedFile } from '../../contract.js';
import type { KeptFile } from './answers.js';

export const mediaTypes: Readonly<Record<LabelFormat, string>> = { PDF: 'application/pdf', ZPL: 'application/zpl', PNG: 'image/png' };

/** The label format that carriers are asked for unless told. */
export const defaultFormat: LabelFormat = 'PDF';

/** A file with what is said of it. */
export interface FetchedFile {
  file: PerformedFile;
  kept: KeptFile;
}

/** A label that is wanted: for whom its document stands, and in which format. */
export interface WantedLabel {
  connection: string;
  command: string;
  package: string;
  kind: 'LABEL' | 'RETURN_LABEL';
  format: LabelFormat;
}

/** A label as a file; its key tells it from the same label in another format. */
export function labelFile(content: Uint8Array, wanted: WantedLabel): FetchedFile {
  return toFile(content, wanted, `${wanted.command}/${wanted.package}/${wanted.format}`);
}

export function toFile(content: Uint8Array, of: { connection: string; kind: KeptFile['kind']; format: LabelFormat; package?: string }, key: string): FetchedFile {
  return {
    file: { documentId: recordId('document', of.connection, key), mediaType: mediaTypes[of.format], content },
    kept: { key, kind: of.kind, format: of.format, sha256: sha256(content), bytes: content.byteLength, ...(of.package === undefined ? {} : { package: of.package }) },
  };
}

/** An error page under a label's name would be printed. */
export function looksLike(content: Uint8Array, format: LabelFormat): boolean {
  const start = Buffer.from(content.subarray(0, 64)).toString('latin1').trimStart();
  return format === 'PDF' ? start.startsWith('%PDF-') : format === 'PNG' ? start.startsWith('\x89PNG') : /[\^~][A-Za-z]/.test(start);
}
