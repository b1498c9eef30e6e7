import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { batchObject, pickupObject, type Pickups } from './pickups.js';
import { refuse } from './refuse.js';
import type { ShipmentRecord, Shipments } from './shipments.js';

const named = z.object({ id: z.string() });
const batchCreation = z.object({ batch: z.looseObject({ reference: z.string().nullish(), shipments: z.array(named).min(1).max(1000) }) });
const time = z.string().regex(/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?Z?$/);
const pickupCreation = z.object({
  pickup: z.looseObject({
    reference: z.string().nullish(), address: z.looseObject({ street1: z.string().min(1), city: z.string().min(1), country: z.string().length(2) }), min_datetime: time, max_datetime: time,
    instructions: z.string().nullish(), shipment: named.nullish(), batch: named.nullish(),
  }),
});
const purchase = z.object({ carrier: z.string(), service: z.string() });
const verification = z.object({ address: z.looseObject({ street1: z.string(), street2: z.string().nullish(), city: z.string(), state: z.string().nullish(), zip: z.string().nullish(), country: z.string() }), verify: z.array(z.string()).nullish() });

/** EasyPost's Batches and Pickups APIs, and its check of addresses, as far as they are simulated. */
export function pickupRoutes(app: FastifyInstance, { shipments, pickups }: { shipments: Shipments; pickups: Pickups }): void {
  app.post('/v2/batches', async (request, reply) => {
    const parsed = batchCreation.safeParse(request.body).data?.batch;
    const records = (parsed?.shipments ?? []).map(({ id }) => shipments.find(id));
    if (parsed === undefined || records.includes(undefined)) return refuse(reply, 422, 'BATCH.CREATE.FAILURE', 'A batch cannot be made of these shipments.');
    return reply.code(201).send(batchObject(pickups.createBatch(parsed.reference ?? null, records as ShipmentRecord[]), false));
  });
  app.get<{ Params: { id: string } }>('/v2/batches/:id', async (request, reply) => {
    const batch = pickups.batch(request.params.id);
    return batch === undefined ? refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.') : batchObject(batch, true);
  });
  app.post('/v2/pickups', async (request, reply) => {
    const parsed = pickupCreation.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 422, 'PICKUP.CREATE.FAILURE', parsed.error.issues[0]!.message);
    const { reference, address, min_datetime: from, max_datetime: to, instructions, shipment, batch } = parsed.data.pickup;
    const fetched = batch != null ? pickups.batch(batch.id)?.shipments : [shipments.find(shipment?.id ?? '')].filter((each) => each !== undefined);
    const record = pickups.create({ reference: reference ?? null, shipments: fetched ?? [], address, from, to, instructions: instructions ?? null });
    return record === null ? refuse(reply, 422, 'PICKUP.CREATE.FAILURE', 'A pickup cannot be made for these shipments.') : reply.code(201).send(pickupObject(record));
  });
  app.get<{ Params: { id: string } }>('/v2/pickups/:id', async (request, reply) => {
    const record = pickups.find(request.params.id);
    return record === undefined ? refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.') : pickupObject(record);
  });
  app.post<{ Params: { id: string; action: string } }>('/v2/pickups/:id/:action', async (request, reply) => {
    const record = pickups.find(request.params.id);
    const { action } = request.params;
    if (record === undefined || (action !== 'buy' && action !== 'cancel')) return refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.');
    if (action === 'cancel') {
      if (record.status !== 'scheduled') return refuse(reply, 422, 'PICKUP.CANCEL.FAILURE', 'The pickup cannot be cancelled.');
      pickups.cancel(record);
      return pickupObject(record);
    }
    const wanted = purchase.safeParse(request.body).data;
    if (record.status !== 'unknown' || wanted === undefined || !pickups.buy(record, wanted.carrier, wanted.service)) return refuse(reply, 422, 'PICKUP.BUY.FAILURE', 'The pickup cannot be bought.');
    return pickupObject(record);
  });
  addressRoute(app);
}

/** Streets that begin with `000` do not exist here; elsewhere the address comes back in capital letters, as from a postal service. */
function addressRoute(app: FastifyInstance): void {
  app.post('/v2/addresses', async (request, reply) => {
    const parsed = verification.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 422, 'PARAMETER.INVALID', parsed.error.issues[0]!.message);
    const { address, verify } = parsed.data;
    const isFound = !address.street1.startsWith('000');
    const written = isFound ? { street1: address.street1.toUpperCase(), street2: address.street2?.toUpperCase() ?? '', city: address.city.toUpperCase(), state: address.state?.toUpperCase() ?? null } : {};
    const errors = isFound ? [] : [{ code: 'E.ADDRESS.NOT_FOUND', field: 'address', message: 'Address not found', suggestion: null }];
    return reply.code(201).send({
      id: 'adr_00000000000000000000000000000001', object: 'Address', mode: 'test', ...address, ...written, residential: isFound ? true : null,
      verifications: verify?.includes('delivery') === true ? { delivery: { success: isFound, errors, details: null } } : {},
    });
  });
}
