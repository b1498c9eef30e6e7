import type { Queryable, Transaction } from '../db/database.js';
import type { BodySealer } from './inbox.js';

/** A file that came with what a partner answered. */
export interface DocumentFile {
  /** Id of the document's record (model/record-ids). */
  documentId: string;
  mediaType: string;
  content: Uint8Array;
}

/** What the content of a document is bound to. */
function contentPurpose(id: string): string {
  return `document/${id}`;
}

/**
 * Keeps the contents of documents, sealed. A later content under the same id takes the place of the first: what is said of
 * the document comes with it, and both are of the same attempt.
 */
export async function keepDocuments(tx: Transaction, bodies: Pick<BodySealer, 'sealBytes'>, files: readonly DocumentFile[]): Promise<void> {
  if (files.length === 0) return;
  const distinct = [...new Map(files.map((file) => [file.documentId, file])).values()];
  await tx
    .insertInto('document_content')
    .values(distinct.map(({ documentId, mediaType, content }) => ({ id: documentId, media_type: mediaType, content: bodies.sealBytes(content, contentPurpose(documentId)) })))
    .onConflict((c) => c.column('id').doUpdateSet((of) => ({ media_type: of.ref('excluded.media_type'), content: of.ref('excluded.content') })))
    .execute();
}

/** The content of a document; null where it never came, or is past its retention. Who may see it is the caller's to know. */
export async function openDocument(db: Queryable, bodies: Pick<BodySealer, 'openBytes'>, id: string): Promise<{ mediaType: string; content: Uint8Array } | null> {
  const row = await db.selectFrom('document_content').select(['media_type', 'content']).where('id', '=', id).executeTakeFirst();
  if (row === undefined || row.content === null) return null;
  return { mediaType: row.media_type, content: bodies.openBytes(row.content, contentPurpose(id)) };
}
