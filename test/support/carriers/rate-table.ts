import { startSimulated, type Bought, type SimulatedCarrier } from './simulated.js';

const token = 'token-of-the-simulated-carrier';
const tariff = {
  carrier: 'ACME', name: 'Acme Freight', currency: 'USD',
  services: [{ code: 'STD', label: 'Standard', days: 2 }, { code: 'EXP', label: 'Express', days: 1 }], surcharges: [], fuel: [],
};

interface Order {
  order: string;
  number: string;
  booking?: string;
}

/** A carrier without an API, that reads orders as they come by HTTP. It knows a parcel by its number alone: the same one told again is the same parcel. */
export async function start({ seed = 1 }: { seed?: number } = {}): Promise<SimulatedCarrier> {
  const parcels = new Map<string, Bought>();
  return startSimulated({
    seed, bought: () => [...parcels.values()],
    refuse: (reply, status, _code, message) => reply.code(status).send({ error: message }),
    isAuthorized: (headers) => headers['authorization'] === `Bearer ${token}`,
    unauthorized: { code: '', message: 'The token is wrong.' },
    connection: (url) => ({
      settings: {
        tariff, zones: [{ zone: 'US', country: 'US' }], prices: [{ service: 'STD', zone: 'US', price: '9.10', perKg: '0.70' }, { service: 'EXP', zone: 'US', price: '31.00', perKg: '0' }],
        numbers: { kind: 'plain', before: 'AC', digits: 9, after: '', check: 'none', from: 1, to: 999_999_999 }, orders: 'json', transport: { kind: 'http', url: `${url}/orders` },
      },
      secrets: { webhookSecret: 'the token that it sends', transportToken: token },
    }),
    routes(app) {
      app.post<{ Body: Order[] }>('/orders', async ({ body }, reply) => {
        for (const { order, number, booking = null } of body) {
          const known = parcels.get(number);
          // Two parcels of one number would be lost to one another.
          if (order === 'BOOK' && known !== undefined && known.reference !== booking) return reply.code(409).send({ error: `${number} is another parcel.` });
          if (order === 'BOOK' && known === undefined) parcels.set(number, { id: number, reference: booking, trackingNumber: number, cancelled: false });
          if (order === 'CANCEL' && known !== undefined) known.cancelled = true;
        }
        return { taken: body.length };
      });
    },
  });
}
