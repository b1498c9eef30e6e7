import type { FreightAddress } from '../model/commands.js';
import type { DataKeys } from './data-keys.js';

/** What is personal of a party, or of who bought in a shop, and stands encrypted. */
export interface PersonalFields {
  /** Of a person; a company's stands readable. */
  name?: string | undefined;
  street?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
  /** Of who bought in a shop: the shop's id of the buyer, where it goes and who pays, what the buyer wrote. */
  buyerId?: string | undefined;
  billTo?: FreightAddress | undefined;
  shipTo?: FreightAddress | undefined;
  note?: string | undefined;
  /** Of a driver: the number of the licence, or of another paper that was shown. */
  licence?: string | undefined;
}

/** Seals and opens personal data, each piece bound to its id, and finds it by keyed hashes. */
export class PersonalVault {
  readonly #keys: DataKeys;

  constructor(keys: DataKeys) {
    this.#keys = keys;
  }

  /** Null where there is nothing to seal. */
  seal(id: string, fields: PersonalFields): string | null {
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    return Object.keys(given).length === 0 ? null : this.#keys.box('personal').seal(JSON.stringify(given), purposeOf(id));
  }

  /** @throws SecretKeyError when it was altered, or is another's */
  open(id: string, sealed: string | null): PersonalFields {
    return sealed === null ? {} : (JSON.parse(this.#keys.box('personal').open(sealed, purposeOf(id))) as PersonalFields);
  }

  fingerprint(text: string): Buffer {
    return this.#keys.fingerprint(text);
  }

  /** By what these values are found; the same however they are written. */
  index({ email, phone }: Pick<PersonalFields, 'email' | 'phone'>): Array<{ kind: 'email' | 'phone'; fingerprint: Buffer }> {
    const [mail, number] = [normalEmail(email ?? ''), normalPhone(phone ?? '')];
    return [
      ...(mail === '' ? [] : [{ kind: 'email' as const, fingerprint: this.fingerprint(`email ${mail}`) }]),
      ...(number === '' ? [] : [{ kind: 'phone' as const, fingerprint: this.fingerprint(`phone ${number}`) }]),
    ];
  }
}

function purposeOf(id: string): string {
  return `personal/${id}`;
}

/** Nobody gives two people addresses that differ by case. */
function normalEmail(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

/** Digits alone, without the zeros that stand for "abroad" or "long distance". */
function normalPhone(text: string): string {
  return text.normalize('NFKC').replace(/\(0\)/g, '').replace(/\D/g, '').replace(/^0+/, '');
}
