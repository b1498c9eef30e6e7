import type { BoardDatabase } from './database.js';
import { boardQuery, portalQuery } from './queries.js';
import type { PeerQuestion } from './peer.js';

/** One request as the product and the peer get it: different pages, as different people look at them. */
export interface Question {
  token: string;
  body: string;
  peerBody: string;
}

/** Drawn from one series, so that every run and both sides ask the same. */
function randomSeries(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const pages = 300;
const customers = 60;

/**
 * The board of a control room: a third of the requests is for the first page, a third for a page from some
 * shipment on, a third for such a page of one carrier.
 */
export async function boardQuestions(database: BoardDatabase, first: number): Promise<Question[]> {
  const token = await database.createToken({ role: 'operator' });
  const random = randomSeries(7);
  const shipments = await shipmentsAt(database, Array.from({ length: pages }, random));
  return shipments.map(({ id, carrier }, index) => {
    const after = index % 3 === 0 ? null : id;
    return index % 3 === 2
      ? question(token, boardQuery, { first, after: cursorOf(id), filter: { carrier } }, { statement: 'boardOfCarrier', values: [first, id, carrier] })
      : question(token, boardQuery, { first, after: after === null ? null : cursorOf(after) }, { statement: 'board', values: [first, after] });
  });
}

/** The portal of many customers, each with a token of their own: half of the requests for the first page. */
export async function portalQuestions(database: BoardDatabase, first: number): Promise<Question[]> {
  const random = randomSeries(11);
  const parties = await database.query<{ id: string }>(`select id from party order by md5(id::text) limit ${customers}`);
  const tokens = await Promise.all(parties.map(({ id }) => database.createToken({ role: 'customer', parties: [id] })));
  const shipments = await shipmentsAt(database, Array.from({ length: pages }, () => 0.3 + 0.7 * random()));
  return shipments.map(({ id }, index) => {
    const after = index % 2 === 0 ? null : id;
    const who = index % parties.length;
    return question(tokens[who]!, portalQuery, { first, after: after === null ? null : cursorOf(after) }, { statement: 'portal', values: [first, after, `party:${parties[who]!.id}`] });
  });
}

function question(token: string, query: string, variables: Record<string, unknown>, peer: PeerQuestion): Question {
  return { token, body: JSON.stringify({ query, variables }), peerBody: JSON.stringify(peer) };
}

/** The shipments that stand at these parts (0 to 1) of all, in order of time. */
async function shipmentsAt(database: BoardDatabase, parts: readonly number[]): Promise<Array<{ id: string; carrier: string }>> {
  const [{ count }] = (await database.query<{ count: number }>('select count(*)::int as count from shipment')) as [{ count: number }];
  const references = parts.map((part) => `WH/OUT/${String(1 + Math.floor(part * (count - 1))).padStart(7, '0')}`);
  const rows = await database.query<{ id: string; carrier: string; reference: string }>('select id, carrier, reference from shipment where names && $1', [references]);
  const byReference = new Map(rows.map((row) => [row.reference, row]));
  return references.map((reference) => byReference.get(reference)!);
}

function cursorOf(id: string): string {
  return Buffer.from(JSON.stringify([id])).toString('base64url');
}
