import type { PostalAddress } from '../../../model/addresses.js';
import type { FreightAddress } from '../../../model/commands.js';
import type { Access, CheckAddress, ConnectorError, Outcome } from '../../contract.js';
import { failure } from '../http.js';
import { clip } from '../text.js';
import { mayPass } from './errors.js';

/** How a carrier that books is asked about addresses, and whether a booking waits for its answer. */
export interface AddressChecking<Settings> {
  check: CheckAddress<Settings>['check'];
  /** Whether what cannot be delivered is not to be booked. */
  isDemanded(settings: Settings): boolean;
}

/**
 * Why nothing is to be booked to this address, where that is demanded; null where nothing stands against it. That a carrier
 * cannot tell stands against nothing; that it does not answer is an error that may pass.
 */
export async function refusedAddress<Settings>(checking: AddressChecking<Settings> | undefined, access: Access<Settings>, to: FreightAddress, timeoutMs: number): Promise<{ ok: false; error: ConnectorError } | null> {
  if (checking?.isDemanded(access.settings) !== true) return null;
  const answer: Outcome<{ verdict: string; messages: string[] }> = await checking.check(access, to, timeoutMs);
  if (!answer.ok) return mayPass(answer.error) ? answer : null;
  if (answer.value.verdict !== 'UNDELIVERABLE') return null;
  return failure('invalid', clip(`The address that it goes to cannot be delivered to. ${answer.value.messages.join(' ')}`.trim(), 700), '');
}

/** An address of an answer, without what is not said; null where it has no street and no city. */
export function postalAddress(given: { [name in keyof PostalAddress]?: string | null | undefined }): PostalAddress | null {
  const [street, street2, city, region, postalCode, country] = [given.street, given.street2, given.city, given.region, given.postalCode, given.country].map((text) => clip(text?.trim() ?? '', 300));
  if (street === '' && city === '') return null;
  return { street: street!, city: city!, country: country!, ...(street2 === '' ? {} : { street2 }), ...(region === '' ? {} : { region }), ...(postalCode === '' ? {} : { postalCode }) } as PostalAddress;
}
