import { afterAll, beforeAll, expect, it } from 'vitest';
import { namedFacilities } from '../../src/cli/commands/named-facilities.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';
import { describeOnEachDatabase } from '../support/databases.js';

describeOnEachDatabase('a facility that a token is made for', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  afterAll(() => pipeline?.remove());

  const named = (...names: string[]) => namedFacilities(pipeline.services.database, names);
  const level = (company: string, facility: string) => pipeline.services.database.kysely.insertInto('inventory_level').values({
    id: crypto.randomUUID(), subject: `${company} ${facility}`, company, connection: 'wms', version: 1, updated_at: new Date().toISOString(), facility, sku: 'S', on_hand: '1', allocated: null, available: null, unavailable: null, unit: null,
  }).execute();

  it('is that of the only company that has one of this code, else of the only company there is', async () => {
    const companies = [...new Set((await pipeline.services.connections.list()).map(({ company }) => company))];
    expect(companies).toEqual(['main']);
    expect(await named('wh1')).toEqual(['wh1@main']);
    await level('acme', 'WH1');
    expect(await named('wh1', 'WH1@main')).toEqual(['wh1@acme', 'WH1@main']);
  });

  it('is asked for with its company where several may have it', async () => {
    await level('beta', 'WH1');
    await expect(named('WH1')).rejects.toMatchObject({ code: 'BAD_INPUT', message: 'Say of which company facility WH1 is: --facility WH1@acme or --facility WH1@beta.' });
    await pipeline.services.connections.add({ id: 'of-beta', connector: 'x12', company: 'beta', settings: { zone: 'UTC' }, secrets: {} });
    await expect(named('DC9')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('DC9@beta or --facility DC9@main') });
  });

  it('is of a company that has a connection or a record, by its name to the letter', async () => {
    await pipeline.services.connections.add({ id: 'of-several', connector: 'odoo', company: 'gamma', settings: { companies: '1=gamma, 2=delta' }, secrets: {} });
    expect(await named('WH1@acme', 'DC9@gamma', 'DC9@delta')).toEqual(['WH1@acme', 'DC9@gamma', 'DC9@delta']);
    await expect(named('DC9@delta', 'WH1@Acme')).rejects.toMatchObject({ code: 'BAD_INPUT', message: 'There is no company Acme, of which facility WH1@Acme would be. There are: acme, beta, delta, gamma, main.' });
    await expect(named('WH1@')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('There is no company "",') });
  });

  it('is named by a code', async () => {
    for (const name of ['', ' ', '@main']) await expect(named(name)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('by its code') });
  });

  it('is asked for with its company where Odoo alone knows that of another', async () => {
    await level('acme', 'EAST');
    await pipeline.services.database.kysely.insertInto('stock_level').values({
      id: crypto.randomUUID(), subject: 'stock:east', company: 'beta', connection: 'erp', version: 1, updated_at: new Date().toISOString(), product_id: crypto.randomUUID(), location: 'EAST/Stock', on_hand: '1', reserved: '0', unit: 'Units',
    }).execute();
    await expect(named('East')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('East@acme or --facility East@beta') });
  });
});
