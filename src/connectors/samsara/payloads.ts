import { z } from 'zod';

/** Samsara's webhooks and its feed of vehicle statistics, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const number = z.number().nullish().catch(null);
const externalIds = z.record(z.string(), z.unknown()).nullish().catch(null);

export const event = z.looseObject({ eventId: text, eventType: z.string().trim().min(1), data: z.unknown() });

const route = z.looseObject({ id: text, stops: z.array(z.looseObject({ id: text, externalIds }).nullish().catch(null)).nullish().catch(null) }).nullish().catch(null);

export const routeStop = z.looseObject({
  time: text,
  route,
  routeStopDetails: z.looseObject({ id: z.string().trim().min(1), eta: text, actualArrivalTime: text, actualDepartureTime: text, externalIds }),
});
export type RouteStop = z.infer<typeof routeStop>;

/** A page of the feed of routes, as it is kept; each entry says what changed of which stops. */
export const routesPage = z.looseObject({ gatehouse: z.literal('routes'), data: z.array(z.unknown()) });

export const routeChange = z.looseObject({
  time: text, operation: z.string().trim().min(1), route,
  changes: z.looseObject({ after: z.looseObject({ stops: z.array(z.looseObject({ id: text, eta: text, arrivalTime: text, departureTime: text }).nullish().catch(null)).nullish().catch(null) }).nullish().catch(null) }).nullish().catch(null),
});

export const feed = z.looseObject({ data: z.array(z.unknown()), pagination: z.looseObject({ endCursor: text, hasNextPage: z.boolean().nullish().catch(null) }).nullish().catch(null) });

export const vehicle = z.looseObject({ id: z.string().trim().min(1), name: text, licensePlate: text, externalIds, gps: z.array(z.unknown()).nullish().catch(null) });
export type Vehicle = z.infer<typeof vehicle>;

export const reading = z.looseObject({
  time: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  headingDegrees: number,
  speedMilesPerHour: number,
  reverseGeo: z.looseObject({ formattedLocation: text }).nullish().catch(null),
});
export type Reading = z.infer<typeof reading>;
