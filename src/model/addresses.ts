import type { FreightAddress } from './commands.js';

/**
 * What a carrier says of an address. VALID: it delivers there, as it is written. CORRECTED: it delivers to what `address`
 * says. AMBIGUOUS: one of `candidates` may be meant. UNDELIVERABLE: there is no such place. UNKNOWN: it cannot tell, as
 * of most countries.
 */
export const addressVerdicts = ['VALID', 'CORRECTED', 'AMBIGUOUS', 'UNDELIVERABLE', 'UNKNOWN'] as const;
export type AddressVerdict = (typeof addressVerdicts)[number];

/** An address without who lives there. */
export type PostalAddress = Pick<FreightAddress, 'street' | 'street2' | 'city' | 'region' | 'postalCode' | 'country'>;

export interface AddressCheck {
  verdict: AddressVerdict;
  /** As the carrier writes it; null where it does not say, or cannot choose. */
  address: PostalAddress | null;
  candidates: PostalAddress[];
  /** Whether people live there; null where it is not said. */
  isResidential: boolean | null;
  /** In the carrier's words. */
  messages: string[];
}

/**
 * VALID where the carrier's writing of an address differs from ours in nothing but letters' case, punctuation, accents and
 * what a postal code has behind its hyphen (ZIP+4); else CORRECTED.
 */
export function verdictOfWriting(ours: PostalAddress, theirs: PostalAddress): 'VALID' | 'CORRECTED' {
  return plain(ours) === plain(theirs) ? 'VALID' : 'CORRECTED';
}

function plain({ street, street2, city, region, postalCode, country }: PostalAddress): string {
  const code = (postalCode ?? '').replace(/^(\d{5})-\d{4}$/, '$1');
  return [`${street} ${street2 ?? ''}`, city, region ?? '', code, country].map((text) => text.normalize('NFD').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')).join('|');
}
