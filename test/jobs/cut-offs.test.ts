import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordAudit, system } from '../../src/events/audit.js';
import { saveCutOff } from '../../src/jobs/tasks/bookings/settings.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { overlapping } from '../support/overlapping.js';

describeOnEachDatabase('cut-offs of one carrier at one place', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  beforeAll(async () => void (services = await testServices(kind)));
  afterAll(() => services?.remove());

  const save = (weekdays: number[]) => saveCutOff(services, { company: 'main', facility: 'WH', carrier: 'FEDEX', weekdays, at: '16:30', zone: 'Europe/Berlin' }, system, '*');
  const kept = () => services.database.kysely.selectFrom('carrier_cut_off').select('weekdays').orderBy('weekdays').execute();

  it('share no day, and one that is refused is nowhere, not in the audit log either', async () => {
    await save([1, 2]);
    await expect(save([2, 3])).rejects.toMatchObject({ code: 'CONFLICT', field: 'input.weekdays' });
    await save([3]);
    expect(await kept()).toEqual([{ weekdays: [1, 2] }, { weekdays: [3] }]);
    expect(await services.database.kysely.selectFrom('audit').select('position').where('action', '=', 'cut-off.saved').execute()).toHaveLength(2);
  });

  it.skipIf(kind === 'embedded')('share no day where two are saved at the same moment', async () => {
    await services.database.kysely.deleteFrom('carrier_cut_off').execute();
    const auditing = (tx: Parameters<typeof recordAudit>[0]) => recordAudit(tx, [{ actor: system, action: 'test.done', target: { kind: 'test', id: '1' } }]);
    const ended = await overlapping(services.database, auditing, [[1, 2], [2, 3], [1, 2]].map((weekdays) => () => save(weekdays)));
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const each of ended) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'CONFLICT' });
    expect(await kept()).toHaveLength(1);
  });
});
