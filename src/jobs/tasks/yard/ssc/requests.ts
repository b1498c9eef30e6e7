import { z } from 'zod';

/** What callers of the SSC standard send (OpenAPI document 1.1.1), and what else this server takes besides. Objects take no other members. */
const plain = (most: number) => z.string().min(1).max(most).refine((text) => !text.includes('\0') && text.isWellFormed(), 'holds a character that cannot be stored');
const number = plain(100);
const instant = z.iso.datetime({ offset: true, error: 'must be a time with its offset' });
const day = z.iso.date();

export const commonIdentifiers = z.strictObject({
  primaryReferenceNumber: number.optional(), poNumber: number.optional(), bolNumber: number.optional(), stopSequenceNumber: z.int().min(0).max(1_000).optional(), locationId: plain(200).optional(),
  locationAddress: z.strictObject({ streetAddress: plain(300).optional(), region: plain(100).optional(), locality: plain(100).optional(), country: plain(100).optional(), postalCode: plain(40).optional() }).optional(),
});
export type CommonIdentifiers = z.infer<typeof commonIdentifiers>;

const appointmentIdentifier = z.strictObject({ appointmentId: plain(200) });
const requestIdentifier = z.strictObject({ requestIdentifier: plain(200) });
/** One of them alone: an appointment is named by its id, or by load and location. */
const anyIdentifiers = z.union([appointmentIdentifier, commonIdentifiers]);
export type AnyIdentifiers = z.infer<typeof anyIdentifiers>;

const loadingType = z.enum(['LIVE', 'DROP']);
const appointmentType = z.enum(['AUTOMATIC', 'DEFERRED', 'FCFS', 'CARRIER_CONFIRMATION_REQUIRED']);
const named = z.strictObject({ id: plain(100).optional(), name: plain(100) });
const duration = z.string().max(40).regex(/^P(?=.)[0-9.]*[0-9.WDTHMS]*$/, 'must be an ISO 8601 duration');
export const arrivalWindow = z.strictObject({ startDateTime: instant, duration });

/** Of ours: what the dock is needed for, where the load does not say it. */
const ours = {
  direction: z.enum(['INBOUND', 'OUTBOUND']).optional(), temperature: z.enum(['AMBIENT', 'CHILLED', 'FROZEN']).optional(), heightCm: z.int().min(1).max(2_000).optional(), pallets: z.int().min(0).max(10_000).optional(), carrier: plain(60).optional(),
};

const preferredAppointment = z.union([
  z.strictObject({ id: plain(600), appointmentType: appointmentType.optional(), loadingType: loadingType.optional() }),
  z.strictObject({ arrivalWindow, appointmentType: appointmentType.optional(), dockGroup: named.optional(), dockDoor: named.optional(), loadingType: loadingType.optional() }),
]);
export type PreferredAppointment = z.infer<typeof preferredAppointment>;

const reasons = { reasonCode: plain(100).optional(), comment: plain(500).optional() };

/** By action, the body of its POST. */
export const sscRequests = {
  'fetch-available-appointments': z.strictObject({
    identifiers: z.union([appointmentIdentifier, requestIdentifier, commonIdentifiers]),
    dateRestrictions: z.union([z.strictObject({ startDate: day, endDate: day }), z.strictObject({ exactDate: day })]).optional(), loadingType: loadingType.optional(), ...ours,
  }),
  'schedule-appointment': z.strictObject({ identifiers: commonIdentifiers, preferredAppointment, ...reasons, ...ours }),
  'reschedule-appointment': z.strictObject({ identifiers: anyIdentifiers, preferredAppointment, ...reasons }),
  'cancel-appointment': z.strictObject({ identifiers: anyIdentifiers, ...reasons }),
  'fetch-appointment-details': z.strictObject({ identifiers: anyIdentifiers }),
} as const;

export type SscAction = keyof typeof sscRequests;
export type SscRequest<A extends SscAction> = z.infer<(typeof sscRequests)[A]>;
export type SscNeed = Pick<SscRequest<'schedule-appointment'>, 'direction' | 'temperature' | 'heightCm' | 'pallets' | 'carrier'>;
