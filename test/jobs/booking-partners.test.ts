import { expect, it } from 'vitest';
import type { Connection, Connections } from '../../src/auth/connections.js';
import { bookingConnection, partnersFor } from '../../src/jobs/tasks/bookings/partners.js';

const rows = [
  { id: 'without-key', connector: 'easypost', secrets: {} }, { id: 'with-key', connector: 'easypost', secrets: { apiKey: ['a key'] } }, { id: 'price-list', connector: 'rate-table', secrets: {} },
  { id: 'in-shadow', connector: 'rate-table', secrets: {}, shadow: true }, { id: 'of-others', connector: 'rate-table', secrets: {}, company: 'other' }, { id: 'no-carrier', connector: 'samsara', secrets: { apiKey: ['a key'] } },
].map((row) => ({ company: 'main', shadow: false, settings: {}, ...row }));
const connections = { list: async () => rows, find: async (id: string) => rows.find((row) => row.id === id) as unknown as Connection } as unknown as Pick<Connections, 'find' | 'list'>;

it('connections that give rates and book are those with a key, and those whose system needs none', async () => {
  for (const capability of ['quote', 'book'] as const) expect((await partnersFor({ connections }, 'main', capability)).map(({ connection }) => connection.id)).toEqual(['with-key', 'price-list']);
});

it('a booking goes to the first that can: not to a price list without numbers, nor to one that has no such service', async () => {
  const tariff = { carrier: 'ACME', services: [{ code: 'STD' }] };
  const lists = [
    { id: 'a-list-without-numbers', connector: 'rate-table', settings: { tariff } }, { id: 'b-list', connector: 'rate-table', settings: { tariff, numbers: {} } }, { id: 'parcels', connector: 'easypost', settings: {} },
  ].map((row) => ({ company: 'main', shadow: false, secrets: { apiKey: ['a key'] }, ...row }));
  const tasks = { connections: { list: async () => lists, find: async (id: string) => lists.find((row) => row.id === id) as unknown as Connection } as unknown as Connections };
  const place = { street: 'Weg 1', city: 'Ulm', postalCode: '89073', country: 'DE' };
  const by = (service?: { carrier: string; code: string }) => bookingConnection(tasks, 'main', undefined, { from: place, to: place, packages: [], references: [], ...(service === undefined ? {} : { service }) });
  expect([await by(), await by({ carrier: 'acme', code: 'STD' }), await by({ carrier: 'UPS', code: 'Ground' })]).toEqual(['b-list', 'b-list', 'parcels']);
  await expect(bookingConnection(tasks, 'main', 'a-list-without-numbers', { from: place, to: place, packages: [], references: [] })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/set numbers/) });
});
