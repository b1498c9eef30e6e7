import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isOutsider, type Principal } from '../auth/principal.js';
import { readerFor } from '../auth/reader.js';
import type { AuditWriter } from '../events/audit-writer.js';
import { openDocument } from '../events/documents.js';
import type { BodySealer } from '../events/inbox.js';
import type { Database } from '../jobs/engine.js';
import { GatehouseError } from '../lib/errors.js';
import { uuidFromGlobalId } from '../lib/ids.js';

/** A file that somebody may see. */
interface ShownDocument {
  /** LABEL, RETURN_LABEL, POD, MANIFEST, CUSTOMS. */
  kind: string;
  format: string;
  package: string | null;
  mediaType: string;
  content: Uint8Array;
}

export interface DocumentOptions {
  database: Pick<Database, 'reads' | 'kysely'>;
  /** Opens contents. */
  bodies: Pick<BodySealer, 'openBytes'>;
  audit: Pick<AuditWriter, 'record'>;
  /** Who asks. @throws GatehouseError UNAUTHENTICATED, RATE_LIMITED */
  authenticate(request: FastifyRequest): Promise<Principal>;
}

/** GET /documents/<id>: the content of a document, for a token that sees its shipment. To be saved, never shown in this origin. */
export function documentRoutes(app: FastifyInstance, options: DocumentOptions): void {
  app.get<{ Params: { id: string } }>('/documents/:id', async (request, reply) => {
    const document = await show(options, await options.authenticate(request), request.params.id, request.id);
    return reply
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="${fileNameOf(document)}"`)
      .header('content-security-policy', "default-src 'none'; sandbox")
      .type(document.mediaType)
      .send(Buffer.from(document.content));
  });
}

/**
 * A document as a principal sees it; that it was shown is durable before it is.
 * @throws GatehouseError FORBIDDEN, NOT_FOUND
 */
async function show({ database, bodies, audit }: DocumentOptions, principal: Principal, id: string, correlationId: string): Promise<ShownDocument> {
  if (!principal.scopes.has('shipments:read')) throw new GatehouseError('FORBIDDEN');
  // Outsiders see the papers of their own shipments; of others', what is printed on them is personal.
  if (!isOutsider(principal.role) && !principal.scopes.has('personal:read')) throw new GatehouseError('FORBIDDEN', 'Documents name people: this needs the scope personal:read.');
  const uuid = uuidFromGlobalId('Document', id);
  const row = uuid === null ? undefined : await readerFor(database.reads, principal).db.selectFrom('document').select(['id', 'kind', 'format', 'package']).where('id', '=', uuid).where('deleted', '=', false).executeTakeFirst();
  const opened = row === undefined ? null : await openDocument(database.kysely, bodies, row.id);
  if (row === undefined || opened === null) throw new GatehouseError('NOT_FOUND');
  await audit.record({ actor: { subject: principal.subject, role: principal.role }, action: 'document.read', correlationId, target: { kind: 'document', id: row.id } });
  return { kind: row.kind, format: row.format, package: row.package, ...opened };
}

/** Only what no file system and no header takes for anything but a name. */
function fileNameOf({ kind, format, package: of }: ShownDocument): string {
  const parts = [kind.toLowerCase().replaceAll('_', '-'), ...(of === null ? [] : [of.replace(/[^A-Za-z0-9-]+/g, '-').slice(0, 60)])];
  return `${parts.filter((part) => part !== '').join('-')}.${format.toLowerCase().replace(/[^a-z0-9]/g, '')}`;
}

