import type { Connection } from '../../../auth/connections.js';
import { connectors } from '../../../connectors/registry.js';
import type { ShopPolicy } from '../../../model/shop.js';
import type { TaskContext } from '../context.js';

/** Connections between which orders of shops go. */
export interface ShopConnections {
  /** What becomes of the orders of each shop, by the id of its connection. Without those whose orders go nowhere. */
  policies: ReadonlyMap<string, ShopPolicy>;
  /** Those that write into an Odoo, with the companies whose records it has. */
  odoos: ReadonlyArray<Pick<Connection, 'id' | 'company'> & { companies: ReadonlySet<string> }>;
}

/** As the settings say now; those in shadow mode have no effects and are none of them. */
export async function shopConnections({ connections }: Pick<TaskContext, 'connections'>): Promise<ShopConnections> {
  const policies = new Map<string, ShopPolicy>();
  const odoos: Array<ShopConnections['odoos'][number]> = [];
  for (const connector of connectors.values()) {
    const isOdoo = connector.perform?.commands.includes('odoo.apply') === true;
    if (connector.shop === undefined && !isOdoo) continue;
    for (const connection of await connections.liveOfConnector(connector.id)) {
      if (isOdoo) odoos.push({ id: connection.id, company: connection.company, companies: new Set([connection.company, ...(connector.companiesOf?.(connection.settings) ?? [])]) });
      const policy = connector.shop?.(connection.settings) ?? null;
      if (policy !== null) policies.set(connection.id, policy);
    }
  }
  return { policies, odoos };
}

/**
 * The Odoo to which the orders of a shop go; null where it cannot be told. One that does not serve the shop's company is none: what
 * it said of an order would be of another company, and never lead back to the shop.
 */
export function odooOf({ odoos }: Pick<ShopConnections, 'odoos'>, { odoo }: Pick<ShopPolicy, 'odoo'>, company: string): string | null {
  const serving = odoos.filter(({ companies }) => companies.has(company));
  if (odoo !== null) return serving.some(({ id }) => id === odoo) ? odoo : null;
  const own = serving.filter((each) => each.company === company);
  const [only, ...more] = own.length > 0 ? own : serving;
  return only === undefined || more.length > 0 ? null : only.id;
}
