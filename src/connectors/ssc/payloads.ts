import { z } from 'zod';

/** The standard's objects, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const part = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape).nullish().catch(null);

export const arrivalWindow = z.looseObject({ startDateTime: z.string(), duration: text });
export const appointment = z.looseObject({ id: text, appointmentType: text, arrivalWindow: arrivalWindow.nullish().catch(null), dockGroup: part({ name: text }), dockDoor: part({ name: text }), loadingType: text });
export type SscAppointment = z.infer<typeof appointment>;

export const identifiers = z.looseObject({ appointmentId: text, primaryReferenceNumber: text, poNumber: text, bolNumber: text, stopSequenceNumber: z.int().min(0).nullish().catch(null), locationId: text });
export type Identifiers = z.infer<typeof identifiers>;

const state = z.looseObject({ appointment: appointment.nullish().catch(null), appointmentStatus: text });

/** `appointment-changed`. */
export const changedEvent = z.looseObject({ identifiers, currentAppointment: state, previousAppointment: state.nullish().catch(null), reasonCode: text, comment: text, occurredAt: z.string() });

/** `fetch-available-appointments`: times that were asked for; nothing here waits for them. */
export const availableEvent = z.looseObject({ identifiers: z.looseObject({ requestIdentifier: z.string() }), status: z.string(), occurredAt: z.string() });

const problem = z.looseObject({ title: text, detail: text, details: text });

/** Every answer has a status; the other members depend on it. */
export const answer = z.looseObject({
  status: z.enum(['SUCCESS', 'PENDING', 'FAILURE']), problemDetails: z.array(problem).nullish().catch(null), requestIdentifier: text, appointments: z.array(appointment).nullish().catch(null), appointment: appointment.nullish().catch(null),
  appointmentStatus: text, appointmentConfirmationNumber: text, locationId: text, mostRecentReasonCode: text, mostRecentComment: text,
});
export type SscAnswer = z.infer<typeof answer>;

const instant = z.iso.datetime({ offset: true });

/** What is kept of an answer to a command of ours: what it was about, and what was said. */
export const keptAnswer = z.object({
  gatehouse: z.literal('ssc'),
  at: instant,
  identifiers,
  appointment: appointment.nullable(),
  appointmentStatus: z.string().max(60),
  confirmation: z.string().max(200).nullable(),
  locationId: z.string().max(200).nullable(),
  reason: z.string().max(1_000).nullable(),
  /** Names of the record before, where it has another now. */
  before: identifiers.optional(),
  /** A time that was asked for in the place of the one that stands: not decided yet, or refused. */
  wish: z.object({ startsAt: instant, endsAt: instant.optional(), isRefused: z.boolean() }).optional(),
  direction: z.enum(['INBOUND', 'OUTBOUND']).optional(),
  /** Numbers of what comes, as they are known here. */
  loads: z.array(z.string().max(200)).max(100).optional(),
});
export type KeptAnswer = z.infer<typeof keptAnswer>;
