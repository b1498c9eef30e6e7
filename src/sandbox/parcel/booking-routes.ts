import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Random } from '../random.js';
import { apiFaults, injectFaults, type ApiFaults } from './api-faults.js';
import type { Carrier } from './carrier.js';
import { pdfOf, zplOf } from './label-files.js';
import { pickupRoutes } from './pickup-routes.js';
import type { Pickups } from './pickups.js';
import { refuse } from './refuse.js';
import { scanFormObject, shipmentObject } from './shipment-object.js';
import type { ShipmentRecord, Shipments } from './shipments.js';

const address = z.looseObject({ street1: z.string().min(1), city: z.string().min(1), country: z.string().length(2) });
const side = z.number().positive().nullish();
const customsItem = z.looseObject({ description: z.string().min(1), quantity: z.number().positive(), origin_country: z.string().length(2) });
const creation = z.object({
  shipment: z.looseObject({
    reference: z.string().nullish(), is_return: z.boolean().nullish(), from_address: address, to_address: address, customs_info: z.looseObject({ contents_type: z.string(), customs_items: z.array(customsItem).min(1) }).nullish(),
    parcel: z.object({ weight: z.number().positive(), length: side, width: side, height: side }), options: z.record(z.string(), z.unknown()).nullish(),
  }),
});
const purchase = z.object({ rate: z.object({ id: z.string() }) });
const formCreation = z.object({ scan_form: z.object({ shipments: z.array(z.object({ id: z.string() })).min(1).max(1000) }) });

export interface BookingRoutesOptions {
  shipments: Shipments;
  pickups: Pickups;
  carrier: Carrier;
  faults: ApiFaults;
  random: Random;
  /** Address of this server, once it listens. */
  base(): string;
}

/** EasyPost's Shipments, Scan Forms and Pickups APIs, as far as they are simulated, with the files that labels stand in. */
export function bookingRoutes(app: FastifyInstance, options: BookingRoutesOptions): void {
  const counts: Record<string, number> = {};
  void app.register(async (scope) => {
    injectFaults(scope, options.faults, options.random, counts);
    shipmentRoutes(scope, options);
    formRoutes(scope, options);
    pickupRoutes(scope, options);
  });
  // Without a key, as the files of EasyPost are.
  app.get<{ Params: { '*': string } }>('/files/*', async (request, reply) => {
    const [, kind, id, extension] = /^(postage_label|scan_form)\/(\w+)\.(pdf|zpl)$/.exec(request.params['*']) ?? [];
    const lines = kind === 'scan_form' ? options.shipments.form(id!)?.trackingCodes.slice(0, 12) : linesOf(options.shipments.find(id ?? ''));
    if (lines === undefined) return reply.code(404).send();
    return extension === 'zpl' ? reply.type('application/zpl').send(zplOf({ lines })) : reply.type('application/pdf').send(pdfOf({ lines: kind === 'scan_form' ? ['SCAN FORM', ...lines] : lines }));
  });
  /** For tests and demonstrations: what goes wrong from now on, and what was bought. No part of EasyPost. */
  app.post('/sandbox/faults', async (request, reply) => {
    const given = apiFaults.partial().safeParse(request.body);
    if (!given.success) return refuse(reply, 422, 'PARAMETER.INVALID', given.error.issues[0]!.message);
    return Object.assign(options.faults, given.data);
  });
  app.get('/sandbox/bookings', async () => ({ bought: options.shipments.bought(), pickups: options.pickups.bought(), faults: counts }));
}

function shipmentRoutes(app: FastifyInstance, { shipments, carrier, faults, base }: BookingRoutesOptions): void {
  const shown = (record: ShipmentRecord) => shipmentObject(record, base(), record.bought === null ? undefined : carrier.tracker(record.bought.trackerId));
  app.post('/v2/shipments', async (request, reply) => {
    const parsed = creation.safeParse(request.body);
    if (!parsed.success) return refuse(reply, 422, 'SHIPMENT.INVALID_PARAMS', 'Unable to create shipment, one or more parameters were invalid.', parsed.error.issues.map((issue) => ({ field: issue.path.slice(1).join('.'), message: issue.message })));
    const { reference, is_return, from_address, to_address, parcel, options } = parsed.data.shipment;
    // A return is told as the way there.
    const [from, to] = is_return === true ? [to_address, from_address] : [from_address, to_address];
    return reply.code(201).send(shown(shipments.create({ reference: reference ?? null, isReturn: is_return === true, from, to, parcel, options: options ?? {} })));
  });
  app.get<{ Params: { id: string } }>('/v2/shipments/:id', async (request, reply) => {
    const record = shipments.find(request.params.id);
    return record === undefined ? refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.') : shown(record);
  });
  app.post<{ Params: { id: string; action: string } }>('/v2/shipments/:id/:action', async (request, reply) => {
    const record = shipments.find(request.params.id);
    if (record === undefined) return refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.');
    if (request.params.action === 'rerate') return shown(record);
    if (request.params.action === 'buy') {
      if (record.bought !== null) return refuse(reply, 422, 'SHIPMENT.POSTAGE.EXISTS', 'Postage already exists for this shipment.');
      const wanted = purchase.safeParse(request.body).data?.rate.id;
      const rate = record.rates.find((each) => each.id === wanted);
      if (rate === undefined) return refuse(reply, 422, 'PARAMETER.INVALID', 'The rate does not belong to this shipment.', [{ field: 'rate', message: 'is invalid' }]);
      if (faults.refused !== '' && record.reference?.endsWith(faults.refused) === true) return refuse(reply, 422, 'SHIPMENT.POSTAGE.FAILURE', 'The carrier refused this package.');
      shipments.buy(record, rate, !faults.untracked);
      return shown(record);
    }
    if (request.params.action !== 'refund') return refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.');
    if (record.bought === null || record.refund !== null) return refuse(reply, 422, 'SHIPMENT.REFUND.FAILURE', 'A refund cannot be made for this shipment.');
    record.refund = 'submitted';
    record.updatedMs = Date.now();
    return shown(record);
  });
  app.get<{ Params: { id: string }; Querystring: { file_format?: string } }>('/v2/shipments/:id/label', async (request, reply) => {
    const record = shipments.find(request.params.id);
    if (record?.bought == null) return refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.');
    if (!/^(PDF|ZPL)$/.test(request.query.file_format ?? '')) return refuse(reply, 422, 'PARAMETER.INVALID', 'file_format is invalid.');
    record.bought.formats.add(request.query.file_format!);
    return shown(record);
  });
}

function formRoutes(app: FastifyInstance, { shipments, base }: BookingRoutesOptions): void {
  app.post('/v2/scan_forms', async (request, reply) => {
    const records = (formCreation.safeParse(request.body).data?.scan_form.shipments ?? []).map(({ id }) => shipments.find(id));
    const form = records.includes(undefined) ? null : shipments.createForm(records as ShipmentRecord[]);
    return form === null ? refuse(reply, 422, 'SCANFORM.CREATE.FAILURE', 'A scan form cannot be made for these shipments.') : reply.code(200).send(scanFormObject(form, base()));
  });
  app.get<{ Params: { id: string } }>('/v2/scan_forms/:id', async (request, reply) => {
    const form = shipments.form(request.params.id);
    return form === undefined ? refuse(reply, 404, 'NOT_FOUND', 'The requested resource could not be found.') : scanFormObject(form, base());
  });
}

function linesOf(record: ShipmentRecord | undefined): string[] | undefined {
  if (record?.bought == null) return undefined;
  const { rate, trackingCode } = record.bought;
  const text = (name: string) => String(record.to[name] ?? '');
  return [trackingCode, `${rate.carrier} ${rate.service}`, ...(record.isReturn ? ['RETURN'] : []), text('name') || text('company'), text('street1'), `${text('zip')} ${text('city')} ${text('state')}`, text('country'), `Ref ${record.reference ?? ''}`];
}
