import { z } from 'zod';

/** Entities of Open Trip Model 5, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const attributes = z.record(z.string(), z.unknown()).nullish().catch(null);
const list = z.array(z.unknown()).nullish().catch(null);

/** An association: the entity itself, the UUID of one that is known, or what is known of its external attributes. */
export const association = z.looseObject({ associationType: text, uuid: text, entity: z.unknown().optional(), restriction: z.looseObject({ externalAttributes: attributes }).nullish().catch(null), roles: z.array(z.string()).nullish().catch(null) });

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
  contextEvents: list,
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
  documents: list,
  /** Why a driver waits. */
  reason: text,
  externalAttributes: attributes,
  result: z.looseObject({ status: text, reason: text, remark: text }).nullish().catch(null),
});
export type Action = z.infer<typeof action>;

const addressFields = { city: text, region: text, postalCode: text, country: text };
/** A point as OTM or as GeoJSON writes it, or an address. */
const geoReference = z.looseObject({
  type: text, lat: z.number().nullish().catch(null), lon: z.number().nullish().catch(null), ...addressFields,
  geometry: z.looseObject({ type: z.literal('Point'), coordinates: z.tuple([z.number(), z.number()]).rest(z.number()) }).nullish().catch(null),
  speed: z.looseObject({ value: z.number(), unit: text }).nullish().catch(null), heading: z.looseObject({ value: z.number() }).nullish().catch(null),
});
export type GeoReference = z.infer<typeof geoReference>;

export const location = z.looseObject({
  name: text,
  gln: text,
  type: text,
  externalAttributes: attributes,
  geoReference: geoReference.nullish().catch(null),
  administrativeReference: z.looseObject(addressFields).nullish().catch(null),
});
export type Location = z.infer<typeof location>;

export const consignment = z.looseObject({ name: text, externalAttributes: attributes });

/** A time window, which may be one of several constraints that hold together. */
const windowValue = z.looseObject({ type: z.literal('timeWindowConstraint'), startTime: text, endTime: text });
export const timeWindow = z.looseObject({ value: windowValue });
export const constraints = z.looseObject({ value: z.looseObject({ type: text, and: list }) });
export const constraintPart = windowValue;

/** An event; `entity` of one that tells of a change. Positions come as `locationUpdateEvent`. */
export const event = z.looseObject({
  id: text, eventType: z.string().trim().min(1), creationDate: text, lastModified: text, lifecycle: text, vehicle: z.unknown().optional(), geoReference: geoReference.nullish().catch(null),
  entity: z.unknown().optional(), entity1: z.unknown().optional(), entity2: z.unknown().optional(),
});
export type OtmEvent = z.infer<typeof event>;

/** An actor, a vehicle or a piece of equipment. */
export const named = z.looseObject({ id: text, name: text, licensePlate: text, externalAttributes: attributes });
