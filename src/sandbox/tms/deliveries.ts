import { z } from 'zod';
import type { HttpClient } from '../http-client.js';
import { odooLogin } from '../odoo/models.js';
import { carrierOfMethod, type CarrierName } from '../parcel/places.js';

/** A delivery as the dispatcher sees it in Odoo. */
export interface OdooDelivery {
  id: number;
  name: string;
  state: string;
  hub: CarrierName;
  /** When it was validated, milliseconds UTC; null where it is open. */
  doneMs: number | null;
}

const rows = z.array(z.object({ id: z.number(), name: z.string(), state: z.string(), carrier_id: z.tuple([z.number(), z.string()]).or(z.literal(false)), date_done: z.string().or(z.literal(false)) }));
const answer = z.object({ result: rows });

/** Names of deliveries from the warehouse in Memphis; what the logistics provider sends, its own carriers collect. */
const own = 'WH/';

/**
 * Reads outgoing deliveries of the own warehouse over JSON-RPC, oldest first: those above an id, or of these ids.
 * @throws Error where Odoo does not answer as it should; it is asked again later
 */
export async function readDeliveries(client: HttpClient, odooUrl: string, wanted: { above: number } | { ids: readonly number[] }): Promise<OdooDelivery[]> {
  const condition = 'above' in wanted ? ['id', '>', wanted.above] : ['id', 'in', wanted.ids];
  const args = [odooLogin.database, 2, odooLogin.apiKey, 'stock.picking', 'search_read', [[condition, ['picking_type_code', '=', 'outgoing'], ['name', 'like', own]]], { fields: ['name', 'state', 'carrier_id', 'date_done'], order: 'id', limit: 200 }];
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'call', id: 1, params: { service: 'object', method: 'execute_kw', args } }));
  const reply = await client.post(`${odooUrl}/jsonrpc`, {}, body);
  if (reply.status !== 200) throw new Error(`The simulated Odoo answered ${reply.status}.`);
  return answer.parse(JSON.parse(reply.body)).result.map((row) => ({
    id: row.id, name: row.name, state: row.state,
    hub: carrierOfMethod(row.carrier_id === false ? '' : row.carrier_id[1]),
    doneMs: row.date_done === false ? null : Date.parse(`${row.date_done.replace(' ', 'T')}Z`),
  }));
}
