import { z } from 'zod';
import { instant } from '../../lib/clock.js';
import type { Json } from '../../lib/json.js';
import type { Poll } from '../contract.js';
import { failure } from '../kit/http.js';
import { warehousePolicy } from '../kit/warehouse.js';
import { ShipHeroApi, warehouseUuid } from './api.js';
import { queries } from './requests.js';
import type { ShipHeroSettings } from './settings.js';

/** Each row takes a credit or two: well below what one operation may take. */
const pageRows = 100;
const hourSeconds = 3_600;

const cursorSchema = z.object({ at: z.string(), warehouse: z.number().int().min(0), after: z.string().nullable() });
const page = z.looseObject({ data: z.looseObject({ pageInfo: z.looseObject({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }), edges: z.array(z.looseObject({ node: z.unknown() })) }) });

/** All levels of each warehouse, page by page: webhooks may be lost, as ShipHero itself says. */
export const poll: Poll<ShipHeroSettings> = {
  everySeconds: (settings) => (settings.levelsEveryHours === undefined || settings.levelsEveryHours === 0 ? null : Math.ceil(settings.levelsEveryHours * hourSeconds)),
  async read(access, cursor, timeoutMs) {
    const warehouses = [...(warehousePolicy(access.settings)?.warehouses.values() ?? [])];
    const at = cursorSchema.safeParse(cursor);
    const place = at.success && at.data.warehouse < warehouses.length ? at.data : { at: instant(Date.now()), warehouse: 0, after: null };
    const name = warehouses[place.warehouse];
    if (name === undefined) return failure('invalid', 'This connection names no warehouses: set warehouses.', '');
    const opened = ShipHeroApi.open(access, timeoutMs);
    if (!opened.ok) return opened;
    const answer = await opened.value.ask('warehouse_products', queries.levels, { warehouse: warehouseUuid(name), first: pageRows, after: place.after });
    if (!answer.ok) return answer;
    const parsed = page.safeParse(answer.value);
    if (!parsed.success) return failure('unparseable', 'The list of levels cannot be read.', '');
    const { pageInfo, edges } = parsed.data.data;
    const hasMore = pageInfo.hasNextPage && pageInfo.endCursor != null;
    const next = hasMore ? { ...place, after: pageInfo.endCursor! } : { ...place, warehouse: place.warehouse + 1, after: null };
    const isEnd = next.warehouse >= warehouses.length;
    const body: Json = { gatehouse: 'inventory_levels', warehouse: name, at: place.at, levels: edges.map(({ node }) => node as Json) };
    // A round that has ended is begun anew with the next look.
    return { ok: true, value: { answers: edges.length === 0 ? [] : [{ key: `levels ${place.at} ${name} ${place.after ?? ''}`, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) }], cursor: isEnd ? null : next, more: !isEnd } };
  },
};
