import type { Services } from '../../../src/main.js';
import type { TokenOptions } from '../../../src/auth/tokens.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { Credentials } from './credentials.js';
import { openPagesLink, openSocketLink, openStreamLink, type OpenLink } from './links.js';
import { customers, partyId } from './parcels.js';
import type { Habits, Subscription } from './subscriber.js';
import { documentOf, topics, type Topic } from './topics.js';

/** Whose rows somebody sees; a customer of several may hold each at some time only. */
export type Who = { company: 'all' | 'north' } | { carrier: 'UPS' } | { always: number; sometimes?: number };

/** A subscription with what the test itself knows of who asks. */
export interface Asked extends Subscription {
  who: Who;
  /** Of milestones, by `<raw code>`. */
  passes(rawCode: string): boolean;
}

/** How long each of several tokens is good for, s. */
const shortTtl = 20;
const shortTokens = 25;
const revocableTokens = 8;
const wholeRun = 3600;

/** Large at no cost to who makes it: a client that does not read for some seconds is one too many for its socket. */
const fat = Array.from({ length: 25 }, (_, index) => `${'a'.repeat(800)}${index}: code`).join(' ');

type Make = (index: number) => Omit<Asked, 'credentials' | 'document' | 'variables' | 'habits' | 'open' | 'passes'> & Partial<Asked> & { grant: Omit<TokenOptions, 'ttl' | 'subject'>; tokens?: 'one' | 'short' | 'revocable' | 'changing'; filter?: object; more?: string };

/** 200 subscribers: operators of all and of one company, a carrier, and customers, on every way in, with different topics, filters, habits and tokens. */
export async function askedOf(services: Services): Promise<Asked[]> {
  const operator = { grant: { role: 'operator' }, who: { company: 'all' } } as const;
  const north = { grant: { role: 'operator', companies: ['north'] }, who: { company: 'north' } } as const;
  const ups = { grant: { role: 'partner', carriers: ['UPS'] }, who: { carrier: 'UPS' } } as const;
  const customer = (index: number) => ({ grant: { role: 'customer', parties: [partyId(index % customers)] }, who: { always: index % customers } }) as const;
  const onBoth = (index: number): OpenLink => (index % 2 === 0 ? openSocketLink : openStreamLink);
  const kinds: Array<[number, Make]> = [
    [4, (index) => ({ ...operator, kind: 'operator, all', topic: topics.milestones, open: onBoth(index) })],
    [3, () => ({ ...operator, kind: 'operator, reads slowly', topic: topics.milestones, more: fat, habits: { holdsMs: 15_000 } })],
    [5, (index) => ({ ...operator, kind: 'operator, deliveries only', topic: topics.milestones, more: 'shipment { reference status }', filter: { codes: ['DELIVERED'] }, passes: (rawCode) => rawCode === 'DL', open: onBoth(index) })],
    [8, (index) => ({ ...north, kind: 'operator of one company', topic: topics.milestones, tokens: index % 2 === 0 ? 'short' : 'one', habits: { refreshes: index % 4 === 0, moves: index % 4 === 3 } })],
    [4, () => ({ ...north, kind: 'operator of one company, pages', topic: topics.milestonePages, open: openPagesLink, habits: { moves: true } })],
    [6, (index) => ({ ...north, kind: 'operator of one company, shipments', topic: topics.shipments, open: onBoth(index) })],
    [4, (index) => ({ ...operator, kind: 'operator, exceptions', topic: topics.exceptions, open: onBoth(index) })],
    [4, (index) => ({ ...north, kind: 'operator of one company, exceptions', topic: topics.exceptions, habits: { moves: index % 2 === 0 } })],
    [4, (index) => ({ ...operator, kind: 'operator, loads', topic: topics.loads, open: onBoth(index) })],
    [4, (index) => ({ ...operator, kind: 'operator, yard', topic: topics.yard, open: onBoth(index), habits: { moves: true } })],
    [4, (index) => ({ ...operator, kind: 'operator, stock', topic: topics.stock, open: onBoth(index) })],
    [8, (index) => ({ ...ups, kind: 'carrier', topic: topics.milestones, more: 'shipment { trackingNumbers }', open: onBoth(index) })],
    [6, (index) => ({ ...ups, kind: 'carrier, loads', topic: topics.loads, open: onBoth(index) })],
    [6, (index) => ({ ...ups, kind: 'carrier, yard', topic: topics.yard, habits: { moves: index % 2 === 0 } })],
    [40, (index) => ({ ...customer(index), kind: 'customer', topic: topics.milestones, more: 'shipment { reference }', habits: { moves: index % 3 === 0 } })],
    [20, (index) => ({ ...customer(index), kind: 'customer, events stream', topic: topics.milestones, open: openStreamLink, tokens: index % 2 === 0 ? 'short' : 'one', habits: { moves: index % 4 === 1 } })],
    [10, (index) => ({ ...customer(index), kind: 'customer, token refreshed', topic: topics.milestones, tokens: 'short', habits: { refreshes: true } })],
    [10, (index) => ({ ...customer(index + 10), kind: 'customer, tokens revoked', topic: topics.milestones, tokens: 'revocable' })],
    [10, (index) => ({ ...customer(index), kind: 'customer, rights changed', topic: topics.milestones, tokens: 'changing', who: { always: index, sometimes: (index + 7) % customers }, habits: { changesRights: true } })],
    [20, (index) => ({ ...customer(index), kind: 'customer, facts only', topic: topics.milestones, filter: { classifiers: ['ACTUAL'] }, passes: (rawCode) => rawCode !== 'est_delivery_date', open: onBoth(index) })],
    [20, (index) => ({ ...customer(index), kind: 'customer, shipments', topic: topics.shipments, open: onBoth(index), habits: { moves: index % 4 === 0 } })],
  ];
  return Promise.all(kinds.flatMap(([count, make]) => Array.from({ length: count }, (_, index) => complete(services, make(index)))));
}

async function complete({ tokens }: Services, { grant, tokens: kept = 'one', filter, more, topic, ...rest }: ReturnType<Make>): Promise<Asked> {
  const open = rest.open ?? openSocketLink;
  const subject = `${grant.role}:${uuidv7()}`;
  const made = (ttls: readonly number[]) => Promise.all(ttls.map((ttl) => tokens.create({ ...grant, subject, ttl })));
  const lists = {
    one: () => made([wholeRun]),
    short: () => made([...Array.from({ length: shortTokens }, (_, index) => (index + 1) * shortTtl), wholeRun]),
    revocable: () => made(Array.from({ length: revocableTokens }, (_, index) => wholeRun + index)),
    changing: async () => [...(await made([wholeRun])), await tokens.create({ ...grant, subject, parties: [...grant.parties!, partyId((rest.who as { sometimes: number }).sometimes)], ttl: wholeRun })],
  };
  return {
    passes: () => true, habits: {} satisfies Habits, ...rest, open, topic: topic satisfies Topic,
    credentials: new Credentials(await lists[kept]()), variables: filter === undefined ? {} : { filter },
    document: documentOf(topic, { filter: filter !== undefined, knowsAfter: open !== openStreamLink, ...(more === undefined ? {} : { more }) }),
  };
}
