import { describe, expect, it } from 'vitest';
import { commandHeader } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import { prepareInterchange } from '../../src/connectors/x12/writing.js';
import { profileSchema } from '../../src/connectors/x12/profile.js';
import { writers } from '../../src/connectors/x12/sets/index.js';
import type { Fact } from '../../src/model/facts.js';
import type { WarehouseRelease } from '../../src/model/warehouse.js';
import { warehouseSets } from '../fixtures/x12/sample.js';

const settings = { warehouses: 'WH=MAIN', adjustmentReasons: 'AA=COUNT, AB=FOUND' };
const decode = (body: Uint8Array, headers: Record<string, string> = {}) => connectorOf('x12')!.receive!.decode({ headers, body, receivedAt: '2026-03-06T20:00:00.000Z', connection: 'threepl', zone: 'UTC' }, settings);
const factsOf = <T extends Fact['type']>(facts: readonly Fact[], type: T) => facts.filter((fact): fact is Extract<Fact, { type: T }> => fact.type === type);

describe('what a warehouse sends in X12', () => {
  it('945: lots, serial numbers, cartons by SSCC and tracking numbers, and that the order ends with it', () => {
    const { facts, anomalies } = decode(warehouseSets[945]);
    expect(anomalies).toEqual([]);
    const [confirmation] = factsOf(facts, 'warehouse_confirmation.reported');
    expect(confirmation!.payload).toEqual({
      direction: 'OUTBOUND', order: 'WH/OUT/00042', number: 'SHP-9001', facility: 'WH', references: [{ kind: 'delivery_order', issuer: 'threepl', value: 'WH/OUT/00042' }],
      confirmedAt: { instant: '2026-03-06T18:45:00.000Z', zone: 'America/New_York' }, isFinal: true, carrier: 'UPSN',
      lines: [
        { id: '1', sku: 'FURN-7777', quantity: '6', ordered: '6', unit: 'EA', lot: 'LOT-7', package: '106141411234567897' },
        { id: '2', sku: 'FURN-7777', quantity: '4', ordered: '4', unit: 'EA', lot: 'LOT-8', package: '106141411234567903' },
        { id: '3', sku: 'DESK-1', barcode: '012345678905', quantity: '2', ordered: '3', unit: 'EA', serials: ['SN-1', 'SN-2'], package: '106141411234567903', rawReason: 'SP' },
      ],
      packages: [{ id: '106141411234567897', sscc: '106141411234567897' }, { id: '106141411234567903', sscc: '106141411234567903', trackingNumber: '1Z999AA10123456784' }],
    });
    expect(factsOf(facts, 'warehouse_order.reported')[0]!.payload).toMatchObject({ state: 'DONE', order: 'WH/OUT/00042' });
    const [milestone] = factsOf(facts, 'milestone.reported');
    expect([milestone!.payload.code, milestone!.also]).toEqual(['PICKED_UP', [{ kind: 'tracking', issuer: 'UPSN', value: '1Z999AA10123456784' }]]);
  });

  it('945: a line that is back ordered leaves the order open', () => {
    const { facts } = decode(Buffer.from(warehouseSets[945].toString().replace('W12*SP*3', 'W12*BO*3')));
    expect(factsOf(facts, 'warehouse_confirmation.reported')[0]!.payload.isFinal).toBe(false);
    expect(factsOf(facts, 'warehouse_order.reported')[0]!.payload.state).toBe('PARTIAL');
  });

  it('944: what came damaged is not in what came', () => {
    const { facts, anomalies } = decode(warehouseSets[944]);
    expect(anomalies).toEqual([]);
    expect(factsOf(facts, 'warehouse_confirmation.reported')[0]!.payload).toMatchObject({
      direction: 'INBOUND', order: 'WH/IN/00007', number: 'RCV-55', isFinal: true,
      lines: [{ sku: 'FURN-7777', quantity: '8', damaged: '2', lot: 'LOT-9', rawReason: '01' }, { sku: 'DESK-1', barcode: '012345678905', quantity: '12' }],
    });
    expect(factsOf(facts, 'milestone.reported')[0]!.payload.code).toBe('DELIVERED');
  });

  it('944: what came on which pallet, by the marks around its lines', () => {
    const marked = warehouseSets[944].toString().replace('W07*10', 'LX*1~\nMAN*GM*00106141411234567897~\nW07*10').replace('W07*12', 'LX*2~\nMAN*GM*106141411234567903~\nW07*12').replace('W14*22~', 'LX*3~\nW07*1*EA**VN*LOOSE~\nW14*23~');
    const { payload } = factsOf(decode(Buffer.from(marked)).facts, 'warehouse_confirmation.reported')[0]!;
    expect(payload.lines.map((line) => [line.sku, line.package])).toEqual([['FURN-7777', '106141411234567897'], ['DESK-1', '106141411234567903'], ['LOOSE', undefined]]);
    expect(payload.packages.map(({ sscc }) => sscc)).toEqual(['106141411234567897', '106141411234567903']);
  });

  it('947: adjustments with the reasons that were agreed', () => {
    const { facts } = decode(warehouseSets[947]);
    expect(factsOf(facts, 'inventory_adjustment.reported').map(({ payload: { sku, quantity, reason, rawReason, lot } }) => [sku, quantity, reason, rawReason, lot])).toEqual([['FURN-7777', '-3', 'COUNT', 'AA', 'LOT-7'], ['DESK-1', '1', 'FOUND', 'AB', 'LOT-2']]);
  });

  it('846: one level for each product, its lots added up', () => {
    const { facts } = decode(warehouseSets[846]);
    expect(factsOf(facts, 'inventory_level.reported').map(({ payload }) => payload)).toEqual([
      { sku: 'FURN-7777', facility: 'WH', onHand: '41', unavailable: '2', unit: 'EA' }, { sku: 'DESK-1', facility: 'WH', onHand: '7', available: '7', unit: 'EA' },
    ]);
  });

  it('856: items in cartons on pallets', () => {
    const { facts, anomalies } = decode(warehouseSets[856]);
    expect(anomalies).toEqual([]);
    const [confirmation] = factsOf(facts, 'warehouse_confirmation.reported');
    expect(confirmation!.payload).toMatchObject({
      order: 'WH/OUT/00043', isFinal: true,
      lines: [{ sku: 'FURN-7777', quantity: '5', lot: 'LOT-7', package: '106141411234567927' }, { sku: '', barcode: '012345678905', quantity: '2', package: '106141411234567934' }],
      packages: [{ id: '106141411234567910', sscc: '106141411234567910' }, { id: '106141411234567927', within: '106141411234567910', trackingNumber: '1Z999AA10123456793' }, { id: '106141411234567934', within: '106141411234567910' }],
    });
  });
});

describe('what a warehouse is sent in X12', () => {
  const release: WarehouseRelease = {
    action: 'NEW', revision: 1, order: 'WH/OUT/00042', warehouse: 'MAIN', facility: 'WH', references: [], orderName: 'S00017', scheduledAt: '2026-03-06T12:00:00.000Z', promisedAt: '2026-03-09T12:00:00.000Z', carrier: 'UPS Ground',
    party: { name: 'Ann Example', street: '388 Townsend St', city: 'San Francisco', region: 'CA', postalCode: '94107', country: 'US' },
    lines: [{ id: '1', sku: 'FURN-7777', description: 'Desk', quantity: '10', unit: 'Units', lot: 'LOT-7' }, { id: '2', sku: 'DESK-1', barcode: '012345678905', description: 'Table', quantity: '2.5', unit: 'kg' }],
  };
  const profile = profileSchema.parse({ us: { qualifier: 'ZZ', id: 'SHIPPER' }, partner: { qualifier: 'ZZ', id: 'WAREHOUSE3PL' } });
  const write = (kind: 'warehouse.release' | 'warehouse.announce', of: WarehouseRelease) => {
    const set = writers[kind]!(of, { version: '004010', nowMs: Date.UTC(2026, 2, 6, 12), zone: 'UTC' });
    if (!set.ok) throw new Error(set.error.message);
    return { set: set.value, bytes: prepareInterchange(profile, { ta1: [], sets: [set.value] }, Date.UTC(2026, 2, 6, 12), 'UTC').write([1, 1, 1]).bytes };
  };

  it('940: the order as it was released, which states that it was sent', () => {
    const { set, bytes } = write('warehouse.release', release);
    expect(set.segments.slice(0, 8).map((segment) => segment.join('*'))).toEqual([
      'W05*N*WH/OUT/00042*S00017', 'N1*ST*Ann Example', 'N3*388 Townsend St', 'N4*San Francisco*CA*94107*US', 'N1*WH*WH*93*MAIN', 'G62*10*20260306', 'G62*02*20260309', 'W66*PP*M***UPS Ground',
    ]);
    expect(set.segments.slice(8).map((segment) => segment.join('*'))).toEqual(['LX*1', 'W01*10*EA**VN*FURN-7777', 'G69*Desk', 'N9*LT*LOT-7', 'LX*2', 'W01*2.5*KG**VN*DESK-1*UP*012345678905', 'G69*Table', 'W76*12.5']);
    const [order] = factsOf(decode(bytes, { [commandHeader]: 'c' }).facts, 'warehouse_order.reported');
    expect(order!.payload).toMatchObject({ direction: 'OUTBOUND', state: 'RELEASED', order: 'WH/OUT/00042', facility: 'WH', lines: [{ sku: 'FURN-7777', quantity: '10', lot: 'LOT-7' }, { sku: 'DESK-1', quantity: '2.5', unit: 'KG' }] });
  });

  it.each([['CHANGE', 'R', 'RELEASED'], ['CANCEL', 'F', 'CANCELLED']] as const)('940: a %s is said so', (action, code, state) => {
    const { set, bytes } = write('warehouse.release', { ...release, action, lines: action === 'CANCEL' ? [] : release.lines });
    expect(set.segments[0]![1]).toBe(code);
    expect(factsOf(decode(bytes, { [commandHeader]: 'c' }).facts, 'warehouse_order.reported')[0]!.payload.state).toBe(state);
  });

  it('943: a receipt that is expected', () => {
    const { bytes } = write('warehouse.announce', { ...release, order: 'WH/IN/00007' });
    const [order] = factsOf(decode(bytes, { [commandHeader]: 'c' }).facts, 'warehouse_order.reported');
    expect(order!.payload).toMatchObject({ direction: 'INBOUND', state: 'RELEASED', order: 'WH/IN/00007', lines: [{ sku: 'FURN-7777', quantity: '10' }, { sku: 'DESK-1', quantity: '2.5' }] });
  });

  it('is nothing where a unit has no code, rather than another quantity', () => {
    const refused = writers['warehouse.release']!({ ...release, lines: [{ ...release.lines[0]!, unit: 'Hogshead' }] }, { version: '004010', nowMs: 0, zone: 'UTC' });
    expect(refused).toMatchObject({ ok: false, error: { kind: 'invalid', message: expect.stringContaining('Hogshead') as string } });
  });
});
