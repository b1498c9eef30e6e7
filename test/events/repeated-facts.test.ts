import { expect, it } from 'vitest';
import { append } from '../../src/events/append.js';
import type { NewEvent } from '../../src/events/event.js';
import { readLog } from '../../src/events/read.js';
import { instant } from '../../src/lib/clock.js';
import { uuidv7 } from '../../src/lib/ids.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

function fact(factKey: string, contentHash: string): NewEvent {
  const now = instant(Date.now());
  return { id: uuidv7(), type: 'milestone.reported', version: 1, subject: 'tracking:FEDEX:1', company: 'main', connection: 'ep', factKey, contentHash, occurredAt: now, recordedAt: now, correlationId: uuidv7(), causationId: null, payload: {} };
}

describeOnEachDatabase('the log', (kind) => {
  it('takes a fact that one batch states several times once, and beside it what differs in key or content', async () => {
    const services = await testServices(kind);
    try {
      const first = fact('AR|1', 'a');
      const others = [fact('AR|1', 'b'), fact('AR|2', 'a')];
      const appended = await services.database.transaction((tx) => append(tx, [first, fact('AR|1', 'a'), ...others, fact('AR|2', 'a'), fact('AR|1', 'a')]));
      const expected = [first, ...others].map((event) => event.id);
      expect(appended.map((event) => event.id)).toEqual(expected);
      expect((await readLog(services.database.kysely, 0, 100)).map((event) => [event.position, event.id])).toEqual(expected.map((id, index) => [index + 1, id]));
    } finally {
      await services.remove();
    }
  });
});
