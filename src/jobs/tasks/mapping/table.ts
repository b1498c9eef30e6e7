import { append } from '../../../events/append.js';
import { recordAudit, type Actor } from '../../../events/audit.js';
import type { NewEvent } from '../../../events/event.js';
import { instant } from '../../../lib/clock.js';
import { compareText } from '../../../lib/compare.js';
import { GatehouseError } from '../../../lib/errors.js';
import { sha256, uuidv7 } from '../../../lib/ids.js';
import { canonicalJson, type Json } from '../../../lib/json.js';
import { anyCode, unknownCodeKind, type CodeOverride } from '../../../model/mapping.js';
import { classifiers, exceptionClasses, milestoneCodes, type Classifier, type ExceptionClass, type MilestoneCode } from '../../../model/milestones.js';
import { ourselves, takeStep } from '../../../projections/change-exception.js';
import { exceptionSubject } from '../../../projections/exceptions.js';
import { holdNames, type Queryable, type Transaction } from '../../engine.js';

/** An override with who made it and when. */
export interface KeptOverride extends CodeOverride {
  changedBy: string;
  changedAt: string;
}

/** A change that is proposed: what it is to be, or that it is to go. */
export interface Proposal extends Pick<CodeOverride, 'rawCode' | 'rawReason'> {
  becomes: CodeOverride | null;
  changedBy: string;
  changedAt: string;
}

export interface MappingTable {
  applied: KeptOverride[];
  proposed: Proposal[];
  /** What holds once the proposals are applied. */
  next: CodeOverride[];
  /** Names `next`: who applies says by it what was tried. */
  fingerprint: string;
}

/** As people write it; texts are taken as they are. */
export interface ProposedOverride {
  rawCode: string;
  rawReason?: string | undefined;
  code: string;
  classifier?: string | null | undefined;
  exceptionClass?: string | null | undefined;
}

/** More than any partner has codes; each message is looked up in all of them. */
const maxOverrides = 2_000;

export async function readTable(db: Queryable, connection: string): Promise<MappingTable> {
  const rows = await db.selectFrom('code_override').selectAll().where('connection', '=', connection).orderBy('raw_code').orderBy('raw_reason').execute();
  const applied = rows.filter((row) => row.stage === 'APPLIED').map((row) => ({ ...overrideOfRow(row)!, changedBy: row.changed_by, changedAt: row.changed_at }));
  const proposed = rows.filter((row) => row.stage === 'PROPOSED').map((row) => ({ rawCode: row.raw_code, rawReason: row.raw_reason, becomes: overrideOfRow(row), changedBy: row.changed_by, changedAt: row.changed_at }));
  const next = new Map<string, CodeOverride>(applied.map(({ changedBy: _, changedAt: __, ...override }) => [keyOf(override), override]));
  for (const proposal of proposed) {
    if (proposal.becomes === null) next.delete(keyOf(proposal));
    else next.set(keyOf(proposal), proposal.becomes);
  }
  const rowsOfNext = [...next.values()].sort((a, b) => compareText(keyOf(a), keyOf(b)));
  return { applied, proposed, next: rowsOfNext, fingerprint: sha256(canonicalJson(rowsOfNext)).slice(0, 16) };
}

const keyOf = ({ rawCode, rawReason }: Pick<CodeOverride, 'rawCode' | 'rawReason'>) => `${rawCode}\n${rawReason}`;

function overrideOfRow(row: { raw_code: string; raw_reason: string; code: string | null; classifier: string | null; exception_class: string | null }): CodeOverride | null {
  if (row.code === null) return null;
  return { rawCode: row.raw_code, rawReason: row.raw_reason, code: row.code as MilestoneCode, classifier: row.classifier as Classifier | null, exceptionClass: row.exception_class as ExceptionClass | null };
}

/**
 * Held until the end of a transaction that changes or applies the table, so that what is applied is what was tried. It is not the
 * connection's row: who accepts commands asks for that while it may hold what is taken here later.
 */
export async function lockTable(tx: Transaction, connection: string): Promise<void> {
  await holdNames(tx, [`mapping:${connection}`]);
}

/**
 * Proposes that a code means this. It has no effect until it is applied.
 * @throws GatehouseError BAD_INPUT
 */
export async function propose(tx: Transaction, connection: string, given: ProposedOverride, by: Actor): Promise<void> {
  const { rawCode, rawReason } = checkedKey(given);
  const code = oneOf('code', given.code, milestoneCodes);
  const values = {
    code, classifier: given.classifier == null ? null : oneOf('classifier', given.classifier, classifiers), exception_class: given.exceptionClass == null ? null : oneOf('exceptionClass', given.exceptionClass, exceptionClasses),
    changed_by: by.subject, changed_at: instant(Date.now()),
  };
  await lockTable(tx, connection);
  const { next } = await readTable(tx, connection);
  if (next.length >= maxOverrides) throw new GatehouseError('BAD_INPUT', `A connection maps ${maxOverrides} codes at most. What so many share belongs into its connector.`);
  await tx.insertInto('code_override').values({ connection, stage: 'PROPOSED', raw_code: rawCode, raw_reason: rawReason, ...values }).onConflict((c) => c.columns(['connection', 'stage', 'raw_code', 'raw_reason']).doUpdateSet(values)).execute();
  await recordAudit(tx, [{ actor: by, action: 'mapping.proposed', target: { kind: 'connection', id: connection }, payload: { rawCode, rawReason, code, classifier: values.classifier, exceptionClass: values.exception_class } }]);
}

/**
 * Takes a proposal back; of an applied row, proposes that it goes.
 * @throws GatehouseError NOT_FOUND where there is neither
 */
export async function proposeRemoval(tx: Transaction, connection: string, given: Pick<ProposedOverride, 'rawCode' | 'rawReason'>, by: Actor): Promise<'withdrawn' | 'proposed'> {
  const { rawCode, rawReason } = checkedKey(given);
  await lockTable(tx, connection);
  const row = (stage: 'PROPOSED' | 'APPLIED') => tx.selectFrom('code_override').select('code').where('connection', '=', connection).where('stage', '=', stage).where('raw_code', '=', rawCode).where('raw_reason', '=', rawReason).executeTakeFirst();
  const [proposed, applied] = [await row('PROPOSED'), await row('APPLIED')];
  if (proposed === undefined && applied === undefined) throw new GatehouseError('NOT_FOUND', `${connection} has no mapping of ${rawCode}${rawReason === '' ? '' : ` with the reason ${rawReason}`}.`, { field: 'rawCode' });
  await tx.deleteFrom('code_override').where('connection', '=', connection).where('stage', '=', 'PROPOSED').where('raw_code', '=', rawCode).where('raw_reason', '=', rawReason).execute();
  if (proposed === undefined) await tx.insertInto('code_override').values({ connection, stage: 'PROPOSED', raw_code: rawCode, raw_reason: rawReason, code: null, classifier: null, exception_class: null, changed_by: by.subject, changed_at: instant(Date.now()) }).execute();
  const outcome = proposed === undefined ? 'proposed' : 'withdrawn';
  await recordAudit(tx, [{ actor: by, action: outcome === 'withdrawn' ? 'mapping.withdrawn' : 'mapping.removal-proposed', target: { kind: 'connection', id: connection }, payload: { rawCode, rawReason } }]);
  return outcome;
}

/**
 * Has the proposals hold for every message that is read from now on, and ends the exceptions about codes that they map.
 * What was read before stands until it is replayed.
 * @param fingerprint of the table that was tried: another one is not applied
 * @throws GatehouseError CONFLICT where something else is proposed now, or nothing is
 */
export async function applyProposals(tx: Transaction, connection: string, fingerprint: string, by: Actor): Promise<MappingTable> {
  await lockTable(tx, connection);
  const table = await readTable(tx, connection);
  if (table.proposed.length === 0) throw new GatehouseError('CONFLICT', 'Nothing is proposed. Begin with: gatehouse mapping set');
  if (table.fingerprint !== fingerprint) throw new GatehouseError('CONFLICT', `What is proposed is not ${fingerprint} (any more) but ${table.fingerprint}. Try it again first.`, { field: 'fingerprint' });
  const known = await knownNow(tx, connection, table.proposed);
  await recordAudit(tx, [{ actor: by, action: 'mapping.applied', target: { kind: 'connection', id: connection }, payload: { fingerprint, changes: table.proposed.map((each): Json => ({ ...each, becomes: each.becomes === null ? null : { ...each.becomes } })) } }]);
  for (const { rawCode, rawReason } of table.proposed) await tx.deleteFrom('code_override').where('connection', '=', connection).where('stage', '=', 'APPLIED').where('raw_code', '=', rawCode).where('raw_reason', '=', rawReason).execute();
  await tx.updateTable('code_override').set({ stage: 'APPLIED' }).where('connection', '=', connection).where('stage', '=', 'PROPOSED').where('code', 'is not', null).execute();
  await tx.deleteFrom('code_override').where('connection', '=', connection).where('stage', '=', 'PROPOSED').execute();
  await append(tx, known);
  return readTable(tx, connection);
}

/** Ends what is open about codes that are mapped now whatever their reason. */
async function knownNow(tx: Transaction, connection: string, proposed: readonly Proposal[]): Promise<NewEvent[]> {
  const subjects = proposed.filter((each) => each.becomes !== null && each.rawReason === '').map((each) => exceptionSubject(unknownCodeKind, `${connection} ${each.rawCode}`));
  if (subjects.length === 0) return [];
  const open = await tx.selectFrom('exception').select(['subject', 'version', 'company']).where('subject', 'in', subjects).where('state', '<>', 'RESOLVED').orderBy('subject').forUpdate().execute();
  const events: NewEvent[] = [];
  for (const row of open) events.push(await takeStep(tx, row, { action: 'resolve', resolution: 'The code is mapped now.' }, ourselves, uuidv7()));
  return events;
}

function checkedKey({ rawCode, rawReason = '' }: Pick<ProposedOverride, 'rawCode' | 'rawReason'>): { rawCode: string; rawReason: string } {
  const [code, reason] = [rawCode.trim(), rawReason.trim()];
  if (code === '' || code.length > 120 || reason.length > 200 || /[\0\n]/.test(code + reason)) throw new GatehouseError('BAD_INPUT', 'A raw code has 1 to 120 characters, a reason 200 at most.', { field: 'rawCode' });
  if (code === anyCode && reason === '') throw new GatehouseError('BAD_INPUT', 'Every code with every reason is too much: name one of the two.', { field: 'rawReason' });
  return { rawCode: code, rawReason: reason };
}

function oneOf<T extends string>(field: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text.trim().toUpperCase());
  if (found === undefined) throw new GatehouseError('BAD_INPUT', `${field} takes one of ${known.join(', ')}; not ${text.slice(0, 60)}.`, { field });
  return found;
}
