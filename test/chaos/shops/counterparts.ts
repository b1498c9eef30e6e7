import { randomInt } from 'node:crypto';
import type { Json } from '../../../src/lib/json.js';
import { AnsweringServer, type Asked, type Scripted } from '../../connectors/answering-server.js';
import { AmazonSeller } from '../../support/shops/amazon.js';
import { WooCommerceShop } from '../../support/shops/woocommerce.js';

/** A shop in which one request in eight goes wrong. */
export interface FaultyShop {
  settings: Record<string, Json>;
  secrets: Record<string, string>;
  /** Requests that change something, and those of which the answer was lost or which came late. */
  counts: { changing: number; faults: number };
  close(): Promise<void>;
}

interface Fault {
  method: string;
  path: RegExp;
  kind: 'lost' | 'silent' | 'late';
}

interface Counterpart {
  answer(asked: Asked): Scripted;
  carryOutLate(): void;
  /** Happens to the next request. */
  fail(fault: Fault): void;
}

/** Longest time for which a request waits at the shop when nobody waits for its answer any more, ms. */
export const latestMs = 1_500;
/** Shares of requests: their answers are lost, they are lost themselves, they are carried out later, the shop is overloaded. */
const shares = { lost: 0.05, silent: 0.02, late: 0.03, unavailable: 0.03 };

export async function startWooCommerce(shop: WooCommerceShop): Promise<FaultyShop> {
  const { url, ...rest } = await start({ answer: (asked) => shop.answer(asked), carryOutLate: () => shop.carryOutLate(), fail: (fault) => void (shop.fault = fault) });
  return { ...rest, settings: { url, numbers: 'both', settleSeconds: Math.ceil(latestMs / 1_000) + 1 }, secrets: { webhookSecret: 'the secret', consumerKey: WooCommerceShop.key, consumerSecret: WooCommerceShop.secret } };
}

export async function startAmazon(seller: AmazonSeller): Promise<FaultyShop> {
  const { url, ...rest } = await start({ answer: (asked) => seller.answer(asked), carryOutLate: () => seller.carryOutLate(), fail: (fault) => void (seller.fault = fault) });
  const { id: clientId, secret: clientSecret, refreshToken } = AmazonSeller.client;
  return { ...rest, settings: { region: 'eu', url, tokenUrl: `${url}/auth/o2/token`, people: 'leave' }, secrets: { clientId, clientSecret, refreshToken } };
}

async function start(counterpart: Counterpart): Promise<Pick<FaultyShop, 'counts' | 'close'> & { url: string }> {
  const server = new AnsweringServer();
  const counts = { changing: 0, faults: 0 };
  server.answer = (asked) => {
    server.asked.length = 0;
    if (asked.path.startsWith('/auth/')) return counterpart.answer(asked);
    if (asked.method !== 'GET') counts.changing++;
    const kind = drawn();
    if (kind === null) return counterpart.answer(asked);
    counts.faults++;
    if (kind === 'unavailable') return { status: 503, body: '' };
    counterpart.fail({ method: asked.method, path: /./, kind });
    const scripted = counterpart.answer(asked);
    if (kind === 'late') setTimeout(() => counterpart.carryOutLate(), randomInt(100, latestMs));
    return scripted;
  };
  return { url: await server.listen(), counts, close: () => server.close() };
}

function drawn(): keyof typeof shares | null {
  let left = randomInt(1_000_000) / 1_000_000;
  for (const kind of Object.keys(shares) as Array<keyof typeof shares>) {
    left -= shares[kind];
    if (left < 0) return kind;
  }
  return null;
}
