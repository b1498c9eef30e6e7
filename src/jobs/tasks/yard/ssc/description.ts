import { z } from 'zod';
import type { Json } from '../../../../lib/json.js';
import { sscRequests, type SscAction } from './requests.js';

const summaries: Readonly<Record<SscAction, string>> = {
  'fetch-available-appointments': 'Free times at a facility: by locationId with the numbers of a load, or for another time of an appointment. Answered at once.',
  'schedule-appointment': 'Takes a time, by the id under which it was told to be free, or by its beginning. PENDING where people decide.',
  'reschedule-appointment': 'Takes another time. Where it is refused, or not decided yet, the time before stands.',
  'cancel-appointment': 'Gives an appointment back.',
  'fetch-appointment-details': 'How an appointment stands.',
};

const text: Json = { type: 'string' };
const named: Json = { type: 'object', properties: { id: text, name: text } };
const members: { [name: string]: Json } = { id: text, arrivalWindow: { type: 'object', properties: { startDateTime: { type: 'string', format: 'date-time' }, duration: { type: 'string', format: 'duration' } } }, dockDoor: named, loadingType: { enum: ['LIVE', 'DROP'] } };
const appointment: Json = { type: 'object', properties: members };
const location: { [name: string]: Json } = { locationId: text, locationAddress: { type: 'object' } };

const answers: Readonly<Record<SscAction, { readonly [name: string]: Json }>> = {
  'fetch-available-appointments': { appointments: { type: 'array', items: { type: 'object', properties: { ...members, appointmentType: { enum: ['AUTOMATIC', 'DEFERRED'] } } } }, ...location },
  'schedule-appointment': { appointment, appointmentStatus: text, appointmentConfirmationNumber: text, ...location },
  'reschedule-appointment': { appointment, appointmentStatus: text, appointmentConfirmationNumber: text, ...location },
  'cancel-appointment': {},
  'fetch-appointment-details': { appointment, appointmentStatus: { enum: ['NOT_SCHEDULED', 'CONFIRMED', 'PENDING', 'REJECTED', 'CANCELED'] }, appointmentConfirmationNumber: text, mostRecentComment: text, ...location },
};

const problem: Json = { description: 'Problem details (RFC 9457).', content: { 'application/problem+json': { schema: { type: 'object', properties: { type: text, title: text, status: { type: 'integer' }, detail: text, code: text, retry: text, correlationId: text } } } } };

/** What this server does of the standard of the Scheduling Standards Consortium, and how it differs, as an OpenAPI document. */
export function sscDescription(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Docks, by the SSC standard', version: '1.1.1',
      description: [
        'Appointments at facilities that are run here, for systems of carriers. Paths, members and codes are those of the SSC Scheduling Specification 1.1.1 (github.com/freightapis/ssc).',
        'A bearer token with the scope appointments:book; one that names a carrier books, sees and changes what that carrier comes for, and nothing else. The numbers of a load are what the caller says until the facility confirms them.',
        'identifiers need locationId (the code of the facility, or code@company) and one of primaryReferenceNumber, poNumber and bolNumber; or appointmentId alone. Beside the standard: direction (INBOUND, OUTBOUND) where neither the load nor the docks say it, temperature, heightCm, pallets, and carrier where a token names several.',
        'Idempotency-Key names a request: repeated it is answered the same. Without it, a repeat of what was asked for is known by what it wants.',
        'A time that is not free is FAILURE with appointmentError, whose alternatives are others that are. What people decide is PENDING: ask fetch-appointment-details, not before Retry-After. callbackUrl and subscriptions are not served.',
      ].join('\n\n'),
    },
    servers: [{ url: '/ssc/v1' }],
    security: [{ bearer: [] }],
    paths: Object.fromEntries(Object.entries(sscRequests).map(([action, schema]) => [`/appointments/v1/${action}`, { post: operation(action as SscAction, schema) }])),
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

function operation(action: SscAction, schema: z.ZodType): Json {
  const { $schema: _, ...body } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { [name: string]: Json };
  const status: Json = { type: 'object', required: ['status'], properties: { status: { enum: ['SUCCESS', 'PENDING', 'FAILURE'] }, problemDetails: { type: 'array', items: { type: 'object', properties: { title: text, detail: text } } }, ...answers[action] } };
  return {
    operationId: action, summary: summaries[action],
    parameters: [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string', maxLength: 120 } }],
    requestBody: { required: true, content: { 'application/json': { schema: body } } },
    responses: {
      200: { description: 'SUCCESS, PENDING or FAILURE, by status.', headers: { 'Retry-After': { schema: { type: 'string' } } }, content: { 'application/json': { schema: status } } },
      400: problem, 401: problem, 403: problem, 413: problem, 415: problem, 429: problem, 503: problem,
    },
  };
}
