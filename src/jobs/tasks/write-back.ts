import { connectors } from '../../connectors/registry.js';
import { acceptCommands, type NewCommand } from '../../events/commands.js';
import { openDocument } from '../../events/documents.js';
import { instant } from '../../lib/clock.js';
import { sha256, uuidOfName, uuidv7 } from '../../lib/ids.js';
import { canonicalJson, type Json } from '../../lib/json.js';
import { changesFor, changesOf, cutOffsWanted, laneOf, type Change, type Told, type Wanted, type WriteBackPolicy } from '../../model/write-back.js';
import { changedShipments, correlationsOf, cutOffsOf, keepWriteBackPosition, shipmentsOfTransfers, statesOf, takeMarked, toldOf, keepTold, writeBackPosition, type TransferState } from '../../projections/write-back.js';
import type { Transaction } from '../engine.js';
import type { TaskContext } from './context.js';
import { noticeConnectionsOf, tellReceivers, type NoticeConnection } from './edi/notify.js';
import { releaseToWarehouses, warehousesOf, type WarehouseConnection } from './warehouse/release.js';

/** Rows of the feed that one transaction looks at. */
const pageRows = 200;
/** Shipments of one page where all are gone through. */
const pageShipments = 200;

/** As `writeBack`, where any connection wants it. */
export async function writeBackWhereWanted(tasks: TaskContext, signal?: AbortSignal): Promise<void> {
  if (await isWanted(tasks)) await writeBack(tasks, signal);
}

async function isWanted(tasks: TaskContext): Promise<boolean> {
  return (await policiesOf(tasks)).size > 0 || (await warehousesOf(tasks)).length > 0 || (await noticeConnectionsOf(tasks)).length > 0;
}

/**
 * Follows what changed of shipments from its own position and accepts the commands that tell their transfers
 * in Odoo, warehouses what they are to do, and who gets goods what has left. Commands, what was told, and the position are one transaction: done
 * again, it makes none; done in two processes at once, the second waits. What Odoo reports because of them leaves what is wanted as it is, so nothing is
 * told back and forth. While no connection wants it the position keeps up, so that one that begins to is told what
 * changes from then on and not all that ever was.
 * @param signal ends it after a page
 */
export async function writeBack(tasks: TaskContext, signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true) {
    const told: ToldParties = { policies: await policiesOf(tasks), warehouses: await warehousesOf(tasks), receivers: await noticeConnectionsOf(tasks) };
    if (await tasks.database.transaction((tx) => page(tasks, tx, told))) return;
  }
}

/** Who is told what changed. */
interface ToldParties {
  /** Odoo connections in which results are to stand. */
  policies: ReadonlyMap<string, WriteBackPolicy>;
  warehouses: readonly WarehouseConnection[];
  /** Partners who are told of deliveries when they are done. */
  receivers: readonly NoticeConnection[];
}

async function policiesOf(tasks: TaskContext): Promise<Map<string, WriteBackPolicy>> {
  const policies = new Map<string, WriteBackPolicy>();
  for (const connector of connectors.values()) {
    if (connector.writeBack === undefined) continue;
    for (const { id, settings, secrets } of await tasks.connections.liveOfConnector(connector.id)) {
      const policy = connector.writeBack(settings, secrets);
      if (policy !== null) policies.set(id, policy);
    }
  }
  return policies;
}

/** @returns whether it came to the end */
async function page(tasks: TaskContext, tx: Transaction, parties: ToldParties): Promise<boolean> {
  const { position, projected } = await writeBackPosition(tx);
  const marked = await takeMarked(tx, pageShipments);
  if (position >= projected && marked.length === 0) return true;
  const isFollowed = parties.policies.size > 0 || parties.warehouses.length > 0 || parties.receivers.length > 0;
  const changed = !isFollowed ? { shipments: [], position: projected } : await changedShipments(tx, position, projected, pageRows);
  if (changed === null) await tellAll(tasks, tx, parties);
  else await tell(tasks, tx, [...new Set([...changed.shipments, ...marked])], parties);
  await keepWriteBackPosition(tx, Math.max(position, changed?.position ?? projected));
  return (changed === null || changed.position >= projected) && marked.length === 0;
}

/** The feed no longer tells what changed since: everything is compared with what was told. */
async function tellAll(tasks: TaskContext, tx: Transaction, parties: ToldParties): Promise<void> {
  for (let after: string | null = null; ; ) {
    const ids = await shipmentsOfTransfers(tx, after, pageShipments);
    await tell(tasks, tx, ids, parties);
    if (ids.length < pageShipments) return;
    after = ids.at(-1)!;
  }
}

async function tell(tasks: TaskContext, tx: Transaction, shipmentIds: readonly string[], { policies, warehouses, receivers }: ToldParties): Promise<void> {
  await tellOdoo(tasks, tx, shipmentIds, policies);
  await releaseToWarehouses(tasks, tx, shipmentIds, warehouses);
  await tellReceivers(tasks, tx, shipmentIds, receivers);
}

async function tellOdoo(tasks: TaskContext, tx: Transaction, shipmentIds: readonly string[], policies: ReadonlyMap<string, WriteBackPolicy>): Promise<void> {
  const states = await statesOf(tx, shipmentIds, [...policies.keys()]);
  const known = await toldOf(tx, states);
  const correlations = await correlationsOf(tx, [...new Set(states.map((state) => state.shipmentId))]);
  const commands: NewCommand<'odoo.apply'>[] = [];
  const rows: Array<{ connection: string; transfer: string; told: Told; updated_at: string }> = [];
  for (const state of states) {
    const before = known.get(`${state.connection}:${state.transferId}`) ?? {};
    const { changes, told } = changesFor(before, state, policies.get(state.connection)!, digestOf);
    if (changes.length === 0) continue;
    rows.push({ connection: state.connection, transfer: state.transferId, told, updated_at: instant(Date.now()) });
    for (const change of changes) commands.push(await commandOf(tasks, tx, state, change, correlations.get(state.shipmentId)));
  }
  const places = await cutOffChanges(tx, states, (connection) => policies.get(connection)!.topics.includes('cutoff'));
  rows.push(...places.map(({ state, place, told }) => ({ connection: state.connection, transfer: place, told, updated_at: instant(Date.now()) })));
  for (const { state, place, changes } of places) for (const change of changes) commands.push({ ...(await commandOf(tasks, tx, state, change, undefined, place)), orderKey: place });
  await keepTold(tx, rows);
  await acceptCommands(tx, tasks.bodies, commands);
}

/** Of what a change says: that it was told is known by it. */
function digestOf({ topic, values }: Wanted): string {
  return sha256(canonicalJson([topic, values])).slice(0, 32);
}

/** Until when carriers take freight, told once for a place, by one of the transfers that leave it. */
async function cutOffChanges(tx: Transaction, states: readonly TransferState[], isWanted: (connection: string) => boolean) {
  const byPlace = new Map<string, TransferState>();
  for (const state of states) if (state.facility !== null && isWanted(state.connection)) byPlace.set(`${state.connection} ${placeOf(state)}`, state);
  const places = [...byPlace.values()];
  const known = await toldOf(tx, places.map((state) => ({ connection: state.connection, transferId: placeOf(state) })));
  const cutOffs = await cutOffsOf(tx, places);
  return places.flatMap((state) => {
    const place = placeOf(state);
    const before = known.get(`${state.connection}:${place}`) ?? {};
    const rows = cutOffs.filter((row) => row.company === state.company && row.facility === state.facility);
    const wanted = cutOffsWanted(rows);
    const { changes, told } = changesOf(before, wanted, new Set(wanted.map(({ key }) => key)), digestOf);
    return changes.length === 0 ? [] : [{ state, place, changes, told }];
  });
}

/** Beside ids of transfers, which are numbers. */
function placeOf({ company, facility }: TransferState): string {
  return `facility:${company}:${facility!}`;
}

async function commandOf(tasks: TaskContext, tx: Transaction, state: TransferState, change: Change, correlationId: string | undefined, about = state.transferId): Promise<NewCommand<'odoo.apply'>> {
  const subject = `odoo.delivery:${state.connection}:${state.transferId}`;
  const key = `write-back:${state.connection}:${about}:${change.key}:${change.revision}`;
  const values: Record<string, Json> = { ...(await withContent(tasks, tx, change)), version: change.revision };
  return {
    // What it says is part of its name: after a backup was restored, another statement is another command.
    id: uuidOfName(`${key}:${canonicalJson(values)}`),
    kind: 'odoo.apply', connection: state.connection, company: state.company, lane: laneOf(change.topic), requestedBy: 'gatehouse', idempotencyKey: key, subject, shipmentId: state.shipmentId,
    correlationId: correlationId ?? uuidv7(),
    input: { topic: change.topic, model: 'stock.picking', recordId: Number(state.transferId), values },
  };
}

/** A file goes with its content. */
async function withContent(tasks: TaskContext, tx: Transaction, { topic, values }: Change): Promise<Record<string, Json>> {
  if (topic !== 'label' && topic !== 'document') return values;
  const { sha256: _, ...rest } = values;
  const file = await openDocument(tx, tasks.bodies, values['document'] as string);
  if (file === null) throw new Error(`The content of document ${String(values['document'])} went away while it was written back.`);
  return { ...rest, content: Buffer.from(file.content).toString('base64') };
}
