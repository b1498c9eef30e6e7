import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Transaction } from '../../src/db/database.js';
import { referenceKey, type Reference, type ReferenceKind } from '../../src/model/references.js';
import { linkEvents } from '../../src/jobs/tasks/link-events.js';
import type { MessageContext } from '../../src/jobs/tasks/message-events.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { applyLinks, isLinkEvent } from '../../src/projections/links.js';
import type { MilestoneRow } from '../../src/projections/milestones.js';
import { resolveNamings, type LinkDecision, type Naming } from '../../src/projections/resolve.js';
import { projectShipments } from '../../src/projections/shipments.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { openPipeline, type Pipeline } from './pipeline.js';

const ref = (kind: ReferenceKind, issuer: string, value: string): Reference => ({ kind, issuer, value });
const says = (primary: Reference, ...also: Reference[]): Naming => ({ primary, also, claims: false });
const odoo = (id: string, ...also: Reference[]): Naming => ({ primary: ref('odoo.delivery', 'erp', id), also, claims: true });
const [fedex, ups, unknown] = ['FEDEX', 'UPS', '*'].map((issuer) => ref('tracking', issuer, '123')) as [Reference, Reference, Reference];
const deliveryName = ref('delivery_name', 'erp', 'WH/OUT/1');
const freight = (kind: ReferenceKind, value: string, issuer = 'NWCX') => ref(kind, issuer, value);

const context: MessageContext = { connection: 'erp', connector: 'odoo', company: 'main', rawId: uuidv7(), correlationId: uuidv7(), recordedAt: '2026-03-01T12:00:00.000Z' };

function apply(tx: Transaction, decisions: readonly LinkDecision[]): Promise<void> {
  return applyLinks(tx, linkEvents(decisions, [], context).filter((event) => isLinkEvent(event.type)).map((event) => ({ ...event, position: 0 })));
}

async function state(tx: Transaction, naming: Naming): Promise<LinkDecision[]> {
  const decisions = await resolveNamings(tx, [naming]);
  await apply(tx, decisions);
  return decisions;
}

describeOnEachDatabase('names that sources give', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  beforeEach(() => pipeline.reset());
  afterAll(() => pipeline?.remove());

  const told = (naming: Naming) => pipeline.services.database.transaction((tx) => state(tx, naming));
  const shipmentOf = async (reference: Reference) =>
    (await pipeline.services.database.kysely.selectFrom('reference').select('shipment_id').where('subject', '=', referenceKey(reference)).executeTakeFirstOrThrow()).shipment_id;
  const ambiguous = (decisions: LinkDecision[]) => decisions.flatMap((decision) => (decision.type === 'ambiguous' ? [referenceKey(decision.reference)] : []));
  const shipments = async (...references: Reference[]) => new Set(await Promise.all(references.map(shipmentOf))).size;

  /** The id of a provisional shipment that a delivery of Odoo merged into another one. */
  async function mergedShipment(): Promise<string> {
    await told(says(freight('pro_number', 'P7'), freight('bill_of_lading', 'WH/OUT/1')));
    await told(says(freight('pro_number', 'P1'), freight('delivery_order', 'WH/OUT/1')));
    const merged = (await told(odoo('1', deliveryName))).find((decision) => decision.type === 'merged')!;
    expect(await shipmentOf(deliveryName)).toBe(merged.into);
    return merged.from;
  }

  for (const [first, second] of [[fedex, ups], [ups, fedex]] as const) {
    it(`keeps the parcels of two carriers with one number apart when Odoo gives the number without its carrier (${first.issuer} first)`, async () => {
      expect(ambiguous([...(await told(says(first))), ...(await told(says(second)))])).toEqual([]);
      expect(ambiguous(await told(odoo('1', deliveryName, unknown)))).toEqual(['tracking:*:123']);
      expect(await shipments(fedex, ups, unknown)).toBe(3);
    });

    it(`does not give a delivery the parcel of a second carrier that uses the number of its own (${first.issuer} first)`, async () => {
      await told(says(first));
      await told(odoo('1', deliveryName, unknown));
      expect(await shipments(first, unknown)).toBe(1);
      expect(ambiguous(await told(says(second)))).toEqual([referenceKey(second)]);
      expect(await shipments(first, second)).toBe(2);
    });
  }

  it('keeps equal delivery orders of two senders apart, also when Odoo then names a delivery so', async () => {
    const [a, b] = [freight('delivery_order', '1001', 'CARRA'), freight('delivery_order', '1001', 'CARRB')];
    await told(says(freight('pro_number', 'PA', 'CARRA'), a));
    expect(ambiguous(await told(says(freight('pro_number', 'PB', 'CARRB'), b)))).toEqual([]);
    expect(await shipments(a, b)).toBe(2);
    const name = ref('delivery_name', 'erp', '1001');
    expect(ambiguous(await told(odoo('1', name)))).toEqual([referenceKey(name)]);
    expect(await shipments(a, b, name)).toBe(3);
  });

  it.each([['before', 0], ['between', 1], ['after', 2]] as const)('joins what two senders reported of a delivery by the name that Odoo gave it, told by Odoo %s them', async (_, at) => {
    const [a, b] = [freight('delivery_order', 'WH/OUT/1', 'CARRA'), freight('delivery_order', 'WH/OUT/1', 'TRUCKS')];
    const namings = [says(a), says(freight('pro_number', 'PB', 'TRUCKS'), b)];
    namings.splice(at, 0, odoo('1', deliveryName));
    for (const naming of namings) expect(ambiguous(await told(naming))).toEqual([]);
    expect(await shipments(a, b, deliveryName)).toBe(1);
  });

  it('joins what one sender reported by delivery order and by bill of lading once Odoo names the delivery', async () => {
    const [bill, order] = [freight('bill_of_lading', 'WH/OUT/1'), freight('delivery_order', 'WH/OUT/1')];
    await told(says(freight('pro_number', 'P7'), bill));
    await told(says(freight('pro_number', 'P1'), order));
    expect(await shipments(bill, order)).toBe(2);
    expect(ambiguous(await told(odoo('1', deliveryName)))).toEqual([]);
    expect(await shipments(bill, order, deliveryName)).toBe(1);
  });

  it('lead to the shipment that remains when they are linked to one that was merged meanwhile', async () => {
    const merged = await mergedShipment();
    const late = freight('bill_of_lading', 'B2');
    await pipeline.services.database.transaction((tx) => apply(tx, [{ type: 'linked', reference: late, shipmentId: merged, sequence: 1 }]));
    expect(await shipmentOf(late)).not.toBe(merged);
    expect(await shipments(late, deliveryName)).toBe(1);
  });

  it('keep milestones that were read before a merge was committed, and refuse those that lead to no shipment', async () => {
    const merged = await mergedShipment();
    const row = (shipmentId: string) => ({
      id: uuidv7(), position: 1, subject: 'pro_number:NWCX:P7', shipment_id: shipmentId, company: 'main', fact_group: 'g', content_hash: 'h', code: 'IN_TRANSIT', classifier: 'ACTUAL', occurred_at: '2026-03-01T12:00:00Z',
      observed_at: '2026-03-01T12:00:00Z', recorded_at: '2026-03-01T12:00:00Z', zone: 'UTC', zone_assumed: false, raw_code: 'X6', raw_reason: null, raw_text: null, exception_class: null, stop: null, pieces: null, place: null,
      retracts: null, retracts_fact_key: null, connection: 'freight', raw_id: null, carrier: 'NWCX', package: null, active: false,
    }) as unknown as MilestoneRow;
    const projected = (shipmentId: string) => pipeline.services.database.transaction((tx) => projectShipments(tx, [shipmentId], [row(shipmentId)]));
    const folded = await projected(merged);
    expect(folded.map((shipment) => shipment.id)).toEqual([await shipmentOf(deliveryName)]);
    expect(folded[0]!.shown).toHaveLength(1);
    await expect(projected(uuidv7())).rejects.toThrow('which does not exist');
  });

  it.skipIf(kind === 'embedded')('wait for a merge of the shipment that is under way by other names, and follow it', async () => {
    await told(says(freight('pro_number', 'P7'), freight('bill_of_lading', 'WH/OUT/1')));
    await told(says(freight('pro_number', 'P1'), freight('delivery_order', 'WH/OUT/1')));
    const { database } = pipeline.services;
    const before = await shipmentOf(freight('pro_number', 'P1'));
    const merged = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const merging = database.transaction(async (tx) => {
      await state(tx, odoo('1', deliveryName));
      merged.resolve();
      await release.promise;
    });
    await merged.promise;
    let isDecided = false;
    const late = freight('bill_of_lading', 'B2');
    const linking = database.transaction((tx) => state(tx, says(freight('pro_number', 'P1'), late))).then((decisions) => {
      isDecided = true;
      return decisions;
    });
    await new Promise((next) => setTimeout(next, 200));
    expect(isDecided).toBe(false);
    release.resolve();
    await merging;
    const remaining = await shipmentOf(deliveryName);
    expect(remaining).not.toBe(before); // it is the one that was merged which the second source names
    expect((await linking).filter((decision) => decision.type === 'linked')).toEqual([{ type: 'linked', reference: late, shipmentId: remaining, sequence: 1 }]);
    expect(await shipmentOf(late)).toBe(remaining);
  });
});
