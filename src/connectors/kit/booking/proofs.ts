import { z } from 'zod';
import { sha256 } from '../../../lib/ids.js';
import type { Fact } from '../../../model/facts.js';
import { recordId } from '../../../model/record-ids.js';
import { trackingReference } from '../../../model/references.js';
import { commandHeader, type PerformedFile, type RawMessage } from '../../contract.js';
import { pngOfGif } from '../label-images.js';
import { looksLike } from './files.js';

/**
 * Proofs of delivery that come with tracking: signatures, pictures, letters. They are kept as documents; what is kept raw of the
 * answer names them under `gatehouseProofs`, from which the facts are made.
 */
const keptProof = z.object({ key: z.string().max(300), carrier: z.string().max(60), number: z.string().max(120), format: z.enum(['PDF', 'PNG', 'JPEG']), sha256: z.string().max(64), bytes: z.int32().min(0) });
const withProofs = z.looseObject({ gatehouseProofs: z.array(keptProof).max(100) });

export interface Proof {
  file: PerformedFile;
  kept: z.infer<typeof keptProof>;
}

const mediaTypes = { PDF: 'application/pdf', PNG: 'image/png', JPEG: 'image/jpeg' } as const;

/** Base64 of a file as a document; null where it is none that can be shown. @param what tells it from other proofs of the same parcel */
export function proofOf(base64: string | null | undefined, { connection, carrier, number, what }: { connection: string; carrier: string; number: string; what: string }): Proof | null {
  const shown = shownAs(Buffer.from(base64 ?? '', 'base64'));
  if (shown === null) return null;
  const key = `proof/${carrier}/${number}/${what}`;
  return {
    file: { documentId: recordId('document', connection, key), mediaType: mediaTypes[shown.format], content: shown.content },
    kept: { key, carrier, number, format: shown.format, sha256: sha256(shown.content), bytes: shown.content.byteLength },
  };
}

/** By its first bytes: what carriers call it is not what it is. */
function shownAs(content: Uint8Array): { format: keyof typeof mediaTypes; content: Uint8Array } | null {
  if (looksLike(content, 'PDF')) return { format: 'PDF', content };
  if (looksLike(content, 'PNG')) return { format: 'PNG', content };
  if (content[0] === 0xff && content[1] === 0xd8) return { format: 'JPEG', content };
  const png = pngOfGif(content);
  return png === null ? null : { format: 'PNG', content: png };
}

/** Documents of an answer to a command of ours; of a message from outside none, whatever it says. */
export function proofFacts(value: unknown, message: RawMessage): Fact[] {
  const parsed = message.headers[commandHeader] === undefined ? null : withProofs.safeParse(value);
  return (parsed?.data?.gatehouseProofs ?? []).map((kept): Fact => ({
    type: 'document.reported', version: 1, observedAt: message.receivedAt, factKey: 'v1', key: { kind: 'document', id: kept.key },
    payload: { kind: 'POD', format: kept.format, references: [trackingReference(kept.carrier, kept.number)], sha256: kept.sha256, bytes: kept.bytes },
  }));
}
