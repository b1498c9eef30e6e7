import { z } from 'zod';

/** Entities of Open Trip Model 5, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const attributes = z.record(z.string(), z.unknown()).nullish().catch(null);
const list = z.array(z.unknown()).nullish().catch(null);

/** An association: the entity itself, or the UUID of one that is known. */
export const association = z.looseObject({ associationType: text, uuid: text, entity: z.unknown().optional(), roles: z.array(z.string()).nullish().catch(null) });

export const trip = z.looseObject({
  id: z.string().trim().min(1),
  entityType: text,
  name: text,
  status: text,
  creationDate: text,
  lastModified: text,
  vehicle: z.unknown().optional(),
  actors: list,
  actions: z.array(z.unknown()),
});
export type Trip = z.infer<typeof trip>;

export const action = z.looseObject({
  id: text,
  actionType: z.string(),
  lifecycle: text,
  sequenceNr: z.number().nullish().catch(null),
  startTime: text,
  endTime: text,
  location: z.unknown().optional(),
  constraint: z.unknown().optional(),
  actions: list,
  stop: z.unknown().optional(),
  consignment: z.unknown().optional(),
  transportEquipment: z.unknown().optional(),
  result: z.looseObject({ status: text, reason: text, remark: text }).nullish().catch(null),
});
export type Action = z.infer<typeof action>;

const addressFields = { city: text, postalCode: text, country: text };
export const location = z.looseObject({
  name: text,
  gln: text,
  type: text,
  externalAttributes: attributes,
  geoReference: z.looseObject({ type: text, lat: z.number().nullish().catch(null), lon: z.number().nullish().catch(null), ...addressFields }).nullish().catch(null),
  administrativeReference: z.looseObject(addressFields).nullish().catch(null),
});
export type Location = z.infer<typeof location>;

export const consignment = z.looseObject({ name: text, externalAttributes: attributes });

export const timeWindow = z.looseObject({ value: z.looseObject({ type: z.literal('timeWindowConstraint'), startTime: text, endTime: text }) });

/** An actor, a vehicle or a piece of equipment. */
export const named = z.looseObject({ name: text, licensePlate: text });
