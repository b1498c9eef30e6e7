import type { PersonalFields, PersonalVault } from '../../auth/personal-vault.js';
import type { PersonalData } from '../../events/personal-data.js';
import { uuidOfName } from '../../lib/ids.js';
import { canonicalJson, type Json } from '../../lib/json.js';
import type { Decoded, Fact, PartyRecord } from '../../model/facts.js';
import type { FreightWish } from '../../model/requests.js';
import type { ReportedShopOrder } from '../../model/shop.js';
import { recordSubject } from '../../projections/records.js';
import type { DecodingContext } from './message-events.js';

/** What the facts of a message say of people; their events carry only the reference. */
export function personalDataOf(decoded: Decoded, context: DecodingContext): PersonalData[] {
  const { people } = context;
  return decoded.facts.flatMap((fact) => {
    if (fact.type !== 'party.reported' && fact.type !== 'shop_order.reported') return [];
    const subject = recordSubject(fact.key.kind, context.connection, fact.key.id);
    const said = fact.type === 'party.reported' ? saidOfParty(fact.payload) : saidOfBuyer(fact.payload);
    const id = personalDataId(subject, said.whole, people);
    const index = said.reachable.flatMap((each) => people.index(each));
    const distinct = [...new Map(index.map((each) => [`${each.kind} ${each.fingerprint.toString('hex')}`, each])).values()];
    return [{ id, subject, rawId: context.rawId, data: said.open, sealed: people.seal(id, said.sealed), index: distinct }];
  });
}

/** What is said of somebody, in parts. */
interface Said {
  /** By which it is told from what was said before. */
  whole: object;
  /** What may stand readable. */
  open: { [name: string]: Json };
  sealed: PersonalFields;
  reachable: Array<Pick<PersonalFields, 'email' | 'phone'>>;
}

function saidOfParty({ commercialId: _, ...whole }: PartyRecord): Said {
  const { name, isPerson, street, email, phone, ...open } = whole;
  return { whole, open: { ...open, ...(isPerson === true ? {} : { name }) }, sealed: { ...(isPerson === true ? { name } : {}), street, email, phone }, reachable: [{ email, phone }] };
}

const readable = ['city', 'region', 'postalCode', 'country'];

/** Where it goes may stand readable to the postal code, as of parties; all else is sealed, the note with it. */
function saidOfBuyer({ people, note }: Pick<ReportedShopOrder, 'people' | 'note'>): Said {
  const { buyerId, email, phone, billTo, shipTo } = people;
  const place = Object.entries(shipTo ?? {}).filter(([name, value]) => readable.includes(name) && value !== '');
  return {
    whole: { people, note }, open: Object.fromEntries(place),
    sealed: { buyerId, email, phone, billTo, shipTo, note }, reachable: [{ email, phone }, billTo ?? {}, shipTo ?? {}],
  };
}

/** Follows from the content, so that saying the same again is the same, and says nothing of it to who has no key. */
function personalDataId(subject: string, data: object, people: PersonalVault): string {
  return uuidOfName(`personal:${people.fingerprint(`${subject} ${canonicalJson(data)}`).toString('hex')}`);
}

/** The payload as it goes into the log. */
export function loggedPayload(fact: Fact, subject: string, people: PersonalVault): unknown {
  switch (fact.type) {
    case 'request.reported': return loggedWish(fact.payload);
    case 'party.reported': return { commercialId: fact.payload.commercialId, personalDataId: personalDataId(subject, saidOfParty(fact.payload).whole, people) };
    case 'shop_order.reported': {
      const { people: _, note: __, ...order } = fact.payload;
      return { ...order, order: fact.key.id, personalDataId: personalDataId(subject, saidOfBuyer(fact.payload).whole, people) };
    }
    default: return fact.payload;
  }
}

/** Where it goes and who gets it stands in the command alone, which is sealed. */
function loggedWish(wish: FreightWish): unknown {
  if (wish.kind === 'CANCEL') return wish;
  const { freight: { packages, promisedAt }, ...rest } = wish;
  return { ...rest, packages: packages.map((each) => ({ id: each.id, weightKg: each.weightKg })), ...(promisedAt === undefined ? {} : { promisedAt }) };
}
