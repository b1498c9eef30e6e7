import type { Access, Outcome } from '../contract.js';
import type { BookingCalls, BookingCarrier } from '../kit/booking/carrier.js';
import { lacksInvoice } from '../kit/booking/customs.js';
import { refused } from '../kit/booking/errors.js';
import { addresses } from './addresses.js';
import { UpsApi } from './api.js';
import { voidedAlready } from './errors.js';
import { fetchLabels, recover } from './labels.js';
import { readRates } from './rates.js';
import { rateBody, shipBody } from './requests.js';
import type { UpsSettings } from './settings.js';
import { readKept, readShipment, readVoid, voided, type UpsShipment } from './shipments.js';
import { track } from './polling.js';

const defaultSettleSeconds = 900;

/**
 * UPS to the kit. It has no drafts: one call books, under a reference of ours that is a UUID of command and package. Every
 * package is a shipment of its own, though UPS could take several in one: what it refuses for one it would refuse for all,
 * and a shipment that came out in part could not be repeated for the rest. After an answer that was lost, Label Recovery
 * is asked for the reference.
 */
export const carrier: BookingCarrier<UpsSettings, never, UpsShipment> = {
  name: 'UPS',
  guard: 'look-up',
  settleMs: ({ settleSeconds }) => (settleSeconds ?? defaultSettleSeconds) * 1000,
  lacks: lacksInvoice,
  addresses,
  readKept,
  alsoFormat: (settings) => settings.alsoFormat,
  open(access: Access<UpsSettings>, timeoutMs: number): Outcome<BookingCalls<never, UpsShipment>> {
    const opened = UpsApi.open(access, timeoutMs);
    return opened.ok ? { ok: true, value: callsOf(opened.value, access.connection) } : opened;
  },
};

const withoutAccount = () => refused('invalid', 'This connection has no account number: set accountNumber.');

function callsOf(api: UpsApi, connection: string): BookingCalls<never, UpsShipment> {
  const { accountNumber } = api;
  return {
    async rates(of) {
      if (accountNumber === undefined) return withoutAccount();
      const answer = await api.post('/api/rating/v2409/Shoptimeintransit?additionalinfo=timeintransit', rateBody(of, accountNumber));
      return answer.ok ? readRates(answer.value, of.request) : answer;
    },
    async find({ key, boughtId }) {
      if (boughtId !== null) return recover(api, { trackingNumber: boughtId }, 'PDF');
      return accountNumber === undefined ? withoutAccount() : recover(api, { key, accountNumber }, 'PDF');
    },
    async buy(of, _draft, service) {
      if (accountNumber === undefined) return withoutAccount();
      const answer = await api.post('/api/shipments/v2409/ship', shipBody(of, service, accountNumber, new Date().toISOString().slice(0, 10)));
      return answer.ok ? readShipment(answer.value) : answer;
    },
    labels: (of, wanted, also) => fetchLabels(api, of, wanted, also),
    async cancel(id) {
      const answer = await api.delete(`/api/shipments/v2409/void/cancel/${encodeURIComponent(id)}`);
      if (answer.ok) return readVoid(id, answer.value);
      // An earlier void whose answer was lost.
      return answer.error.code === voidedAlready ? voided(id, 'voided', { code: voidedAlready }) : answer;
    },
    track: ({ number }) => track(api, connection, number),
  };
}
