import type { BookingInput } from '../../model/commands.js';
import type { Fault } from '../../model/freight.js';
import type { Access, Outcome } from '../contract.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { BookingCalls, BookingCarrier } from '../kit/booking/carrier.js';
import { lacksInvoice } from '../kit/booking/customs.js';
import { refused } from '../kit/booking/errors.js';
import { labelFile, looksLike, toFile } from '../kit/booking/files.js';
import { addresses } from './addresses.js';
import { openApi } from './api.js';
import { noProduct } from './errors.js';
import { findByReference, giveUp, track } from './polling.js';
import { readRates } from './rates.js';
import { addressLines, mostLines, rateBody, shipBody } from './requests.js';
import type { DhlExpressSettings } from './settings.js';
import { foundShipment, readKept, readShipment, type ExpressBooking } from './shipments.js';

const defaultSettleSeconds = 900;

/**
 * DHL Express to the kit. It has no drafts: one call books, and gives the label, once. Every package is a shipment of its own. After an
 * answer that was lost it is tracked by our reference; found, it is kept, without its label. Not found, nothing is certain. The API
 * takes no shipment back: one that is not handed to DHL is void by itself and is not charged. So a booking is cancelled by
 * giving it up, unless DHL has it; and where `afterSettling` says so, one whose label was lost is left behind and booked anew.
 */
export const carrier: BookingCarrier<DhlExpressSettings, never, ExpressBooking> = {
  name: 'DHL Express',
  guard: 'may-find',
  // Without its label nobody can hand the first one over: there is nothing to wait for.
  settleMs: ({ settleSeconds, afterSettling }) => (afterSettling === 'book' ? 0 : (settleSeconds ?? defaultSettleSeconds) * 1000),
  voidsUnusable: ({ afterSettling }) => afterSettling === 'book',
  isFindingBelieved: ({ afterSettling }) => afterSettling === 'book',
  lacks,
  addresses,
  readKept,
  open(access: Access<DhlExpressSettings>, timeoutMs: number): Outcome<BookingCalls<never, ExpressBooking>> {
    const opened = openApi(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value, access) } : opened;
  },
};

function lacks(input: BookingInput): Fault | null {
  if (input.options?.labelFormat === 'PNG') return { field: 'options.labelFormat', message: 'DHL Express gives labels as PDF or ZPL.' };
  const long = (['from', 'to'] as const).find((side) => addressLines(input[side]).length > mostLines);
  return long === undefined ? lacksInvoice(input) : { field: `${long}.street`, message: `DHL Express takes ${mostLines} lines of 45 characters: the street is longer.` };
}

const withoutAccount = () => refused('invalid', 'This connection has no account number: set accountNumber.');

function callsOf(api: CarrierApi, { connection, settings }: Access<DhlExpressSettings>): BookingCalls<never, ExpressBooking> {
  const { accountNumber, afterSettling, paperless } = settings;
  return {
    async rates(of) {
      if (accountNumber === undefined) return withoutAccount();
      const answer = await api.post('/rates', rateBody(of, { ...settings, accountNumber }, Date.now()));
      if (!answer.ok) return answer.error.code === noProduct ? { ok: true, value: [] } : answer;
      return readRates(answer.value, of.request);
    },
    async find({ key, boughtId }) {
      if (boughtId !== null) return { ok: true, value: foundShipment(boughtId) };
      if (accountNumber === undefined) return withoutAccount();
      return afterSettling === 'book' ? { ok: true, value: null } : findByReference(api, key, accountNumber);
    },
    isUsable: ({ read: { label } }) => label !== null,
    async buy(of, _draft, service) {
      if (accountNumber === undefined) return withoutAccount();
      // A lane that does not take invoices by wire gets them on paper.
      const answer = await api.post(`/shipments${paperless === 'on' ? '?bypassPLTError=true' : ''}`, shipBody(of, service, { ...settings, accountNumber }, Date.now()));
      return answer.ok ? readShipment(answer.value) : answer;
    },
    async labels({ read: { label, invoice, number } }, wanted) {
      if (label === null) return refused('invalid', `It is booked as ${number}, and its label was in an answer that was lost: DHL gives it once. Book anew; what is not handed to DHL is not charged.`);
      if (!looksLike(label, wanted.format)) return refused('unparseable', `What DHL Express gave as a label is no ${wanted.format}.`);
      const { command, package: name } = wanted;
      const papers = invoice !== null && looksLike(invoice, 'PDF') ? [toFile(invoice, { connection, kind: 'CUSTOMS', format: 'PDF', package: name }, `${command}/${name}/customs`)] : [];
      return { ok: true, value: [labelFile(label, wanted), ...papers] };
    },
    cancel: (id) => giveUp(api, id),
    track: ({ number }) => track(api, connection, number, accountNumber),
  };
}
