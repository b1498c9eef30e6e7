import { z } from 'zod';
import type { Access, CommandMemory, OutboundCommand, Outcome, Performed } from '../../contract.js';
import { failure } from '../http.js';
import { toAnswer, type ManifestAnswer } from './answers.js';
import type { BookingCarrier } from './carrier.js';
import { withoutCode } from './errors.js';
import { looksLike, toFile } from './files.js';

/** The sheet, or sheets, by which a carrier's driver takes all parcels in. What was begun before is read, not made again. */
export async function createManifest<Settings>(carrier: BookingCarrier<Settings>, access: Access<Settings>, command: OutboundCommand<'manifest.create'>, memory: CommandMemory): Promise<Outcome<Performed>> {
  const opened = carrier.open(access, command.timeoutMs);
  if (!opened.ok) return opened;
  const { input } = command;
  if (opened.value.manifest === undefined) return failure('invalid', `${carrier.name} makes no manifests.`, '');
  if (input.parts.length === 0) return failure('invalid', 'Nothing is booked that could stand on the manifest.', '');
  const known = z.object({ form: z.string() }).safeParse(memory.value).data?.form ?? null;
  const found = await opened.value.manifest({ input, known, isRepeated: command.attempt > 1 });
  if (!found.ok) return withoutCode(found.error);
  const { id, raw, state, message, sheets } = found.value;
  if (known === null) await memory.remember({ form: id });
  if (state === 'FAILED') return failure('invalid', `${carrier.name} made no manifest: ${message ?? 'it does not say why'}.`, '');
  if (state === 'WAITING') return { ok: false, error: { kind: 'unavailable', message: 'The manifest is being made.', retryAfter: 2, onlyThisCommand: true, raw: '' } };
  const contents = await sheets();
  if (!contents.ok) return withoutCode(contents.error);
  if (contents.value.length === 0 || !contents.value.every((content) => looksLike(content, 'PDF'))) return failure('unparseable', `What ${carrier.name} gave as a manifest is no PDF.`, '');
  const files = contents.value.map((content, place) => toFile(content, { connection: access.connection, kind: 'MANIFEST', format: 'PDF' }, `${command.id}/manifest${place === 0 ? '' : `-${place + 1}`}`));
  const answer: ManifestAnswer = {
    gatehouse: 'manifest', command: command.id, attempt: command.attempt, carrier: input.carrier, trackingNumbers: input.parts.map((part) => part.trackingNumber), form: raw, files: files.map((each) => each.kept),
  };
  return { ok: true, value: { state: 'DONE', result: { document: files[0]!.file.documentId, parcels: input.parts.length }, answers: [toAnswer('manifest', answer)], files: files.map((each) => each.file) } };
}
