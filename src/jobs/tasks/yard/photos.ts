import type { Principal } from '../../../auth/principal.js';
import { recordAudit } from '../../../events/audit.js';
import { keepDocuments } from '../../../events/documents.js';
import { GatehouseError } from '../../../lib/errors.js';
import { sha256, uuidFromGlobalId } from '../../../lib/ids.js';
import { ourConnection } from '../../../model/our-connection.js';
import { recordId } from '../../../model/record-ids.js';
import { photoFormat } from '../../../model/yard/photo.js';
import type { Queryable } from '../../engine.js';
import type { TaskContext } from '../context.js';
import { stateOwn } from '../own/records.js';
import { holdFacilityOf } from './at-facility.js';

/** Largest photo, bytes. */
export const maxPhotoBytes = 5 * 1024 * 1024;
const mostPhotos = 100;

/**
 * Keeps a photo of a visit, sealed; the same one twice is kept once.
 * @param visit its id, as clients name it
 * @returns UUID of the document
 * @throws GatehouseError NOT_FOUND where the visit is others' or kept elsewhere; UNSUPPORTED_TYPE where it is no picture; TOO_LARGE; CONFLICT where there are too many
 */
export async function keepPhoto({ database, bodies }: Pick<TaskContext, 'database' | 'bodies'>, visit: string, content: Uint8Array, by: Principal, correlationId: string): Promise<string> {
  if (content.byteLength > maxPhotoBytes) throw new GatehouseError('TOO_LARGE', `A photo has at most ${maxPhotoBytes} bytes.`);
  const photo = photoFormat(content);
  if (photo === null) throw new GatehouseError('UNSUPPORTED_TYPE', 'This is no whole picture. Send a JPEG or PNG.');
  return database.transaction(async (tx) => {
    const uuid = uuidFromGlobalId('Visit', visit);
    const row = uuid === null ? undefined : await tx.selectFrom('visit').select(['facility_id', 'subject', 'company']).where('id', '=', uuid).where('connection', '=', ourConnection).where('deleted', '=', false).executeTakeFirst();
    const facility = await holdFacilityOf(tx, row, by);
    const [ownVisit, digest] = [row!.subject.slice(`visit:${ourConnection}:`.length), sha256(content)];
    const ownId = `${ownVisit}/${digest}`;
    const id = recordId('document', ourConnection, ownId);
    const { known, count } = await tx.selectFrom('document').select((e) => [e.fn.countAll<number>().as('count'), e.fn.agg<boolean | null>('bool_or', [e.eb('id', '=', id)]).as('known')]).where('visit_id', '=', uuid).executeTakeFirstOrThrow();
    if (known === true) return id;
    if (Number(count) >= mostPhotos) throw new GatehouseError('CONFLICT', `A visit has at most ${mostPhotos} photos.`);
    await keepDocuments(tx, bodies, [{ documentId: id, mediaType: photo.mediaType, content }]);
    await recordAudit(tx, [{ actor: by, action: 'visit.photo', target: { kind: 'document', id }, correlationId, payload: { visit: uuid, sha256: digest, bytes: content.byteLength } }]);
    await stateOwn(tx, [{
      type: 'document.reported', kind: 'document', id: ownId, company: facility.company, version: 1, payload: { kind: 'PHOTO', format: photo.format, references: [], visit: ownVisit, sha256: digest, bytes: content.byteLength },
      step: { action: 'visit.photo', by: by.subject },
    }], correlationId);
    return id;
  });
}

/** @throws GatehouseError NOT_FOUND where one of these is no photo of this visit */
export async function checkPhotos(db: Queryable, visit: string, photos: readonly string[]): Promise<void> {
  if (photos.length === 0) return;
  const rows = await db.selectFrom('document').select('id').where('id', 'in', [...photos]).where('visit_id', '=', visit).where('kind', '=', 'PHOTO').execute();
  if (rows.length < new Set(photos).size) throw new GatehouseError('NOT_FOUND', 'One of these is no photo of this visit. Send it first: POST /visits/<id>/photos.', { field: 'input.finding.photos' });
}
