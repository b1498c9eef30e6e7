import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Access, PollPage } from '../../src/connectors/contract.js';
import { connectorOf } from '../../src/connectors/registry.js';
import type { Json } from '../../src/lib/json.js';
import { dockUser, OpendockThere } from '../support/yard/opendock-there.js';

const opendock = connectorOf('opendock')!;

describe('looking at what changed at Opendock', () => {
  let there: OpendockThere;
  let url: string;
  let serial = 0;
  beforeAll(async () => {
    there = new OpendockThere();
    url = await there.listen();
  });
  afterAll(() => there.close());
  beforeEach(() => void (there.appointments.length = 0));

  const access = (): Access<Record<string, unknown>> => ({ connection: `looks-${serial}`, settings: { url, email: dockUser.email }, secrets: { password: [dockUser.password] }, allowedNetworks: ['127.0.0.0/8'] });
  const read = async (cursor: Json | null): Promise<PollPage> => {
    const outcome = await opendock.poll!.read(access(), cursor, 5_000);
    if (!outcome.ok) throw new Error(outcome.error.message);
    return outcome.value;
  };
  const idsOf = ({ answers }: PollPage) => answers.map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { data: { id: string } }).data.id);

  /** Looks until there is no more; `between` happens after each page. */
  async function readAll(from: Json | null, between: (page: number) => void = () => undefined): Promise<{ ids: string[]; cursor: Json }> {
    const ids: string[] = [];
    let cursor = from;
    for (let page = 1; page < 50; page++) {
      const read_ = await read(cursor);
      ids.push(...idsOf(read_));
      cursor = read_.cursor;
      if (!read_.more) return { ids, cursor };
      between(page);
    }
    throw new Error('It does not end.');
  }

  it('misses none that moves to another page meanwhile', async () => {
    const made = Array.from({ length: 250 }, () => there.make({}));
    // After each page somebody changes one of those that were read: those behind it move up.
    const { ids } = await readAll(null, (page) => void there.change(made[page * 7]!.id, { status: 'Arrived' }));
    expect(new Set(ids)).toEqual(new Set(made.map(({ id }) => id)));
  });

  it('ends, and misses none, where more than a page changed in the same moment', async () => {
    const moment = new Date(Date.now() - 60_000).toISOString();
    const made = Array.from({ length: 230 }, () => there.make({ lastChangedDateTime: moment }));
    const { ids } = await readAll(null);
    expect(new Set(ids)).toEqual(new Set(made.map(({ id }) => id)));
  });

  it('goes on from where it was, with an overlap, and tells what did not change by the same key', async () => {
    const before = there.make({});
    const first = await readAll(null);
    const again = await read(((await read(first.cursor)).cursor));
    expect(idsOf(again)).toEqual([before.id]);
    const keys = async () => (await read((await read(first.cursor)).cursor)).answers.map(({ key }) => key);
    expect(await keys()).toEqual(await keys());
    const after = there.make({});
    expect((await readAll(first.cursor)).ids).toContain(after.id);
  });

  it('changes a token that is about to end for a fresh one, and logs in only where that is refused', async () => {
    serial++;
    const [logins, refreshes] = [there.logins, there.refreshes];
    await read(null);
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 7_200_000);
    await read(null);
    clock.mockRestore();
    expect([there.logins - logins, there.refreshes - refreshes]).toEqual([1, 1]);
    there.endToken();
    await read(null);
    expect(there.logins - logins).toBe(2);
  });

  it('says as whom it logs in when it is tried', async () => {
    expect(await opendock.test!({ ...access(), secrets: {} }, 1_000)).toMatchObject({ ok: false, error: { kind: 'invalid' } });
    expect(await opendock.test!({ ...access(), connection: 'other', secrets: { password: ['wrong password'] } }, 5_000)).toMatchObject({ ok: false, error: { kind: 'auth' } });
  });
});
