import { expect, it } from 'vitest';
import { principalOf } from '../../../src/auth/principal.js';
import { readerFor } from '../../../src/auth/reader.js';
import { answerOnce } from '../../../src/events/own-requests.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { ownFacilityId, saveFacilityPlan } from '../../../src/jobs/tasks/yard/facilities.js';
import { project } from '../../../src/jobs/tasks/project.js';
import { describeOnEachDatabase, testServices } from '../../support/databases.js';
import { facilityPlan } from '../../support/yard/facility-plan.js';

const operator = principalOf({ subject: 'dock-office', role: 'operator', parties: [], carriers: [], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });
const warehouse = principalOf({ subject: 'gate', role: 'partner', parties: [], carriers: [], facilities: ['WH@main'], companies: [], expiresMs: Date.now() + 3_600_000, demonstration: false });

describeOnEachDatabase('facilities that are run here', (kind) => {
  it('can be read at once by who runs them, and the same after the projector came by', async () => {
    const services = await testServices(kind);
    try {
      const id = await saveFacilityPlan(services.tasks, { code: 'wh', company: 'main', plan: facilityPlan() }, operator, uuidv7());
      const read = () => readerFor(services.database.reads, warehouse).db.selectFrom('facility').selectAll('facility').where('id', '=', id).execute();
      const atOnce = await read();
      expect(atOnce).toMatchObject([{ code: 'WH', company: 'main', connection: 'gatehouse', version: 1 }]);
      await project(services.tasks);
      expect(await read()).toEqual(atOnce);
      await saveFacilityPlan(services.tasks, { code: 'WH', company: 'main', plan: facilityPlan({ name: 'North' }) }, operator, uuidv7());
      expect(await read()).toMatchObject([{ name: 'North', version: 2 }]);
      expect(ownFacilityId('wh', 'main')).toBe('WH@main');
    } finally {
      await services.remove();
    }
  });

  it('are not changed for companies that a token does not see', async () => {
    const services = await testServices(kind);
    try {
      const other = { ...operator, companies: ['other'] };
      await expect(saveFacilityPlan(services.tasks, { code: 'WH', company: 'main', plan: facilityPlan() }, other, uuidv7())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    } finally {
      await services.remove();
    }
  });

  it('answer a repeated request as they did, and refuse its key for something else', async () => {
    const services = await testServices(kind);
    try {
      let done = 0;
      const ask = (what: string) => services.database.transaction((tx) => answerOnce(tx, { requestedBy: 'a', idempotencyKey: 'k' }, { what }, async () => ({ number: ++done })));
      expect(await ask('one')).toEqual({ answer: { number: 1 }, duplicate: false });
      expect(await ask('one')).toEqual({ answer: { number: 1 }, duplicate: true });
      await expect(ask('two')).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(done).toBe(1);
    } finally {
      await services.remove();
    }
  });
});
