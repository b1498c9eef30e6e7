import { z } from 'zod';

/** What project44 sends and answers, as far as it is read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);
const list = z.array(z.unknown()).nullish().catch(null);
const id = z.union([z.string().trim().min(1), z.number().int().nonnegative().transform(String)]).nullish().catch(null);
const optional = <T extends z.ZodType>(of: T) => of.nullish().catch(null);

export const identifier = z.looseObject({ type: z.string().trim().min(1), value: z.string().trim().min(1) });
export type Identifier = z.infer<typeof identifier>;

export const point = z.looseObject({ latitude: z.number(), longitude: z.number() });
const address = z.looseObject({ postalCode: text, city: text, state: text, country: text });
const window = z.looseObject({ startDateTime: text, endDateTime: text, localTimeZoneIdentifier: text });

/** A stop of a truckload shipment, by its number: 1 is the origin, the destination has the largest. */
export const truckloadStop = z.looseObject({
  stopNumber: z.number().int().min(0).max(10_000), stopType: text, stopName: text, appointmentWindow: optional(window),
  location: optional(z.looseObject({ address: optional(address), contact: optional(z.looseObject({ companyName: text })) })), geoCoordinates: optional(point),
});
export type TruckloadStop = z.infer<typeof truckloadStop>;

export const statusUpdate = z.looseObject({
  timestamp: text, statusCode: z.string().trim().min(1), statusReason: optional(z.looseObject({ code: text, description: text })), geoCoordinates: optional(point), address: optional(address), stopNumber: number,
});
export type StatusUpdate = z.infer<typeof statusUpdate>;

export const stopStatus = z.looseObject({
  stopNumber: z.union([z.number().int().min(0), z.string().regex(/^\d{1,5}$/).transform(Number)]), statusCode: text, arrivalDateTime: text, departureDateTime: text,
  arrivalEstimate: optional(z.looseObject({ estimatedArrivalWindow: optional(window), lastCalculatedDateTime: text })),
});
export type StopStatus = z.infer<typeof stopStatus>;

/** A notification of a truckload shipment, and the answer of its own API. */
export const truckload = z.looseObject({
  shipment: z.looseObject({ id, shipmentIdentifiers: z.array(z.unknown()), carrierIdentifier: optional(identifier), equipmentIdentifiers: list, shipmentStops: list }),
  latestStatusUpdate: z.unknown(), statusUpdates: list, latestStopStatuses: list,
});
export type Truckload = z.infer<typeof truckload>;

export const historyStop = z.looseObject({
  id: z.string().trim().min(1), type: text,
  location: optional(z.looseObject({ name: text, address: optional(address), coordinates: optional(point) })),
});
export type HistoryStop = z.infer<typeof historyStop>;

export const event = z.looseObject({
  type: z.string().trim().min(1), stopId: text, dateTime: text, estimateDateTime: text, estimateLastCalculatedDateTime: text, plannedDateTime: text, plannedEndDateTime: text, receivedDateTime: text, description: text,
  details: optional(z.looseObject({ documentType: text })),
});
export type HistoryEvent = z.infer<typeof event>;

/** Of a position history the coordinates stand beside the time or within `coordinates`. */
export const position = z.union([
  z.looseObject({ dateTime: z.string(), latitude: z.number(), longitude: z.number() }),
  z.looseObject({ dateTime: z.string(), coordinates: point }).transform(({ coordinates, ...rest }) => ({ ...rest, ...coordinates })),
]);

/** The tracking history of a shipment of any mode: what webhooks of all modes but the older truckload one carry, and what the API answers. */
export const history = z.looseObject({
  shipment: z.looseObject({ id, identifiers: z.array(z.unknown()), routeInfo: optional(z.looseObject({ stops: list, routeSegments: list })) }),
  events: list, positions: list,
});
export type History = z.infer<typeof history>;

/** What is answered to the registration of a shipment, as it is kept. */
export const registration = z.looseObject({ gatehouse: z.literal('registration'), id: z.string().min(1), identifiers: z.array(z.unknown()) });

/** Answers to a truckload shipment that is created or changed, and to a search: the id stands in `shipment` or beside it. */
export const created = z.union([
  z.looseObject({ shipment: z.looseObject({ id: z.union([z.string().trim().min(1), z.number().int().transform(String)]) }) }).transform((of) => of.shipment.id),
  z.looseObject({ id: z.union([z.string().trim().min(1), z.number().int().transform(String)]) }).transform((of) => of.id),
]);

const status = z.looseObject({ latestStatusUpdate: z.looseObject({ statusCode: z.string(), statusReason: optional(z.looseObject({ code: text })) }) });

/** Whether a shipment that was found is one whose tracking was cancelled. */
export function isEnded(answer: unknown): boolean {
  const { data } = status.safeParse(answer);
  if (data === undefined) return false;
  const { statusCode, statusReason } = data.latestStatusUpdate;
  return ['CANCELED', 'DELETED'].includes(statusCode.toUpperCase()) || (statusCode.toUpperCase() === 'COMPLETED' && statusReason?.code?.toUpperCase() === 'CANCELED');
}
