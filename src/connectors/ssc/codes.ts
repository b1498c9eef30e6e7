import type { AppointmentState, Handling } from '../../model/yard/records.js';

/** `appointmentStatus`, where there is an appointment. UNCONFIRMED: preset there, and the carrier has to confirm it. */
export const appointmentStatuses: Readonly<Record<string, AppointmentState>> = {
  PENDING: 'REQUESTED',
  UNCONFIRMED: 'REQUESTED',
  CONFIRMED: 'SCHEDULED',
  REJECTED: 'CANCELLED',
  CANCELED: 'CANCELLED',
};

/** `appointmentStatus` of a stop for which there is none. */
export const notScheduled = 'NOT_SCHEDULED';

export const loadingTypes: Readonly<Record<string, Handling>> = { LIVE: 'LIVE', DROP: 'DROP' };

/** Ends of the titles of `problemDetails`, as the standard fixes them. */
export const problems = { notFound: 'entityNotFound', notSupported: 'capabilityNotSupportedError', invalid: 'invalidArgumentError', appointment: 'appointmentError' } as const;
