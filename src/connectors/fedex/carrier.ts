import type { Access, Outcome } from '../contract.js';
import type { BookingCalls, BookingCarrier, Held } from '../kit/booking/carrier.js';
import { lacksInvoice } from '../kit/booking/customs.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { labelFile, looksLike, toFile } from '../kit/booking/files.js';
import { addresses } from './addresses.js';
import { FedexApi } from './api.js';
import { closeGround, dayAt } from './closing.js';
import { cancelledAlready } from './errors.js';
import { findByReference, track } from './polling.js';
import { readRates } from './rates.js';
import { rateBody, shipBody } from './requests.js';
import type { FedexSettings } from './settings.js';
import { cancelled, foundShipment, readCancellation, readKept, readShipment, type FedexShipment } from './shipments.js';

const defaultSettleSeconds = 900;

/**
 * FedEx to the kit. It has no drafts: one call books, and gives the label, once. Every package is a shipment of its own. After an
 * answer that was lost it is tracked by our reference; found, it is of no use, as FedEx does not give its label again: it is cancelled, and
 * once FedEx says that it is, booked anew. Not found, nothing is certain: a booking may show itself a day later. So what is not
 * found is never booked a second time by itself, unless `afterSettling` says so.
 */
export const carrier: BookingCarrier<FedexSettings, never, FedexShipment> = {
  name: 'FedEx',
  guard: 'may-find',
  settleMs: ({ settleSeconds }) => (settleSeconds ?? defaultSettleSeconds) * 1000,
  isFindingBelieved: ({ afterSettling }) => afterSettling === 'book',
  lacks: lacksInvoice,
  addresses,
  readKept,
  open(access: Access<FedexSettings>, timeoutMs: number): Outcome<BookingCalls<never, FedexShipment>> {
    const opened = FedexApi.open(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value, access) } : opened;
  },
};

const withoutAccount = () => refused('invalid', 'This connection has no account number: set accountNumber.');

function callsOf(api: FedexApi, { connection, settings: { pickup, zone } }: Access<FedexSettings>): BookingCalls<never, FedexShipment> {
  const { accountNumber } = api;
  return {
    async rates(of) {
      if (accountNumber === undefined) return withoutAccount();
      const answer = await api.post('/rate/v1/rates/quotes', rateBody(of, { accountNumber, pickup }));
      return answer.ok ? readRates(answer.value, of.request) : answer;
    },
    async find({ key, boughtId, voided }) {
      if (boughtId !== null) return { ok: true, value: foundShipment(boughtId) };
      if (accountNumber === undefined) return withoutAccount();
      return findByReference(api, key, accountNumber, voided);
    },
    isUsable: ({ read: { label } }) => label !== null,
    async buy(of, _draft, service) {
      if (accountNumber === undefined) return withoutAccount();
      const answer = await api.post('/ship/v1/shipments', shipBody(of, service, { accountNumber, pickup }));
      return answer.ok ? readShipment(answer.value) : answer;
    },
    async labels({ read: { label, invoice } }, wanted) {
      if (label === null) return refused('invalid', 'It is booked, and its label was in an answer that was lost: FedEx gives it once. Cancel the booking and book anew.');
      if (!looksLike(label, wanted.format)) return refused('unparseable', `What FedEx gave as a label is no ${wanted.format}.`);
      const { connection, command, package: name } = wanted;
      const papers = invoice !== null && looksLike(invoice, 'PDF') ? [toFile(invoice, { connection, kind: 'CUSTOMS', format: 'PDF', package: name }, `${command}/${name}/customs`)] : [];
      return { ok: true, value: [labelFile(label, wanted), ...papers] };
    },
    async cancel(id) {
      if (accountNumber === undefined) return withoutAccount();
      return cancelShipment(api, accountNumber, id);
    },
    manifest: (wish) => closeGround(api, wish, dayAt(zone, Date.now())),
    track: ({ number }) => track(api, connection, number),
  };
}

async function cancelShipment(api: FedexApi, accountNumber: string, id: string): Promise<CarrierOutcome<Held<FedexShipment>>> {
  const answer = await api.put('/ship/v1/shipments/cancel', { accountNumber: { value: accountNumber }, deletionControl: 'DELETE_ALL_PACKAGES', trackingNumber: id });
  if (answer.ok) return readCancellation(id, answer.value);
  // An earlier cancellation whose answer was lost.
  return cancelledAlready.has(answer.error.code ?? '') ? cancelled(id, 'cancelled', { code: answer.error.code }) : answer;
}
