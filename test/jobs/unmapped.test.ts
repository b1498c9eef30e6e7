import { afterAll, beforeAll, expect, it } from 'vitest';
import { countUnmapped, listUnmapped, maxUnmapped, otherCodes, type CodesOfMessage } from '../../src/jobs/tasks/mapping/unmapped.js';
import { uuidv7 } from '../../src/lib/ids.js';
import type { Services } from '../../src/main.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';

describeOnEachDatabase('codes that no table knows', (kind) => {
  let services: Services & { remove(): Promise<void> };
  beforeAll(async () => {
    services = await testServices(kind);
    for (const id of ['many', 'few']) await services.connections.add({ id, connector: 'easypost', company: 'main', settings: {}, secrets: {} });
  });
  afterAll(() => services?.remove());

  const message = (connection: string, codes: readonly string[], receivedAt = '2026-03-06T14:00:00.000Z'): CodesOfMessage => ({ connection, rawId: uuidv7(), receivedAt, codes: codes.map((rawCode) => ({ rawCode, rawReason: '' })) });
  const count = (...messages: CodesOfMessage[]) => services.database.transaction((tx) => countUnmapped(tx, messages));
  const listed = async (connection: string) => (await listUnmapped(services.database.kysely, { connection, companies: '*', limit: 10_000 })).map(({ rawCode, messages }) => [rawCode, Number(messages)]);

  it('are told apart up to a bound for each connection, and counted as one beyond it', async () => {
    const codes = Array.from({ length: maxUnmapped - 1 }, (_, index) => `code-${index}`);
    await count(message('many', codes), message('few', ['x']));
    await count(message('many', ['code-0', 'last-that-fits', 'too-many', 'too-many-2'], '2026-03-07T14:00:00.000Z'), message('many', ['too-many', 'code-1']), message('few', ['x', 'y']));
    const many = await listed('many');
    expect(many).toHaveLength(maxUnmapped + 1);
    expect(Object.fromEntries(many)).toMatchObject({ 'code-0': 2, 'code-1': 2, 'code-2': 1, [otherCodes]: 3 });
    await count(message('many', ['yet-another', 'code-2']));
    expect(Object.fromEntries(await listed('many'))).toMatchObject({ 'code-2': 2, [otherCodes]: 4 });
    expect(await listed('many')).toHaveLength(maxUnmapped + 1);
    expect(Object.fromEntries(await listed('few'))).toEqual({ x: 2, y: 1 });
    // A sender that writes the very words stops nothing.
    await count(message('many', [otherCodes, 'one-more']));
    expect(Object.fromEntries(await listed('many'))).toMatchObject({ [otherCodes]: 6 });
    await count(message('few', [otherCodes]));
    expect(Object.fromEntries(await listed('few'))).toEqual({ x: 2, y: 1, [otherCodes]: 1 });
  });
});
