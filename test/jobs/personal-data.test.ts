import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/lib/package-root.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { openPipeline, type Pipeline } from '../projections/pipeline.js';

const sample = JSON.parse(readFileSync(join(packageRoot, 'test', 'fixtures', 'odoo', 'batch.json'), 'utf8')) as { events: Array<{ topic: string; record: { name: string } }> };

describeOnEachDatabase('personal data', (kind) => {
  let pipeline: Pipeline;
  beforeAll(async () => void (pipeline = await openPipeline(kind)));
  afterAll(() => pipeline?.remove());

  it('is shown, and stands in no event of the log', async () => {
    const fresh = await pipeline.receive([{ connection: 'erp', body: JSON.stringify(sample) } as never]);
    await pipeline.decode('erp', fresh.get('erp')!);
    await pipeline.settle();
    const db = pipeline.services.database.kysely;
    const names = sample.events.filter((event) => event.topic === 'partner').map((event) => event.record.name).filter((name) => typeof name === 'string');
    expect(names).not.toEqual([]);
    expect((await db.selectFrom('party').select('name').execute()).map((row) => row.name)).toEqual(expect.arrayContaining(names));
    const log = JSON.stringify(await db.selectFrom('event').selectAll().execute());
    expect(log).toContain('personalDataId');
    for (const name of names) expect(log).not.toContain(name);
  });
});
