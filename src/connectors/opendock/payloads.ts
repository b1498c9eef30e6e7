import { z } from 'zod';

/** Opendock's entities, as far as they are read. Values of a wrong type are as good as absent. */
const text = z.string().nullish().catch(null);
const part = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape).nullish().catch(null);
const list = z.array(z.unknown()).nullish().catch(null);

/** A change, by any of the names that its three members may have. */
export const change = z.looseObject({ entity: text, entityType: text, entityName: text, operation: text, action: text, eventType: text, data: z.record(z.string(), z.unknown()) });

/** What every entity carries. */
export const entityBase = z.looseObject({ id: z.string().trim().min(1), createDateTime: text, lastChangedDateTime: text, isActive: z.boolean().nullish().catch(null) });

const company = part({ name: text });

export const appointment = z.looseObject({
  status: text,
  start: z.string(),
  end: text,
  confirmationNumber: text,
  refNumber: text,
  refNumbers: list,
  warehouseId: text,
  dock: part({ name: text, doorNumber: text, warehouseId: text }),
  loadType: part({ direction: text, operation: text }),
  user: part({ company }),
});

export const assetVisit = z.looseObject({
  warehouseId: text,
  appointmentId: text,
  visitType: text,
  companyHint: text,
  company,
  licensePlate: text,
  assetVisitEvents: list,
  assetContainers: list,
});

export const visitEvent = z.looseObject({ eventType: z.string(), createDateTime: text });
export const container = z.looseObject({ code: text });

export const warehouse = z.looseObject({ name: z.string().trim().min(1), facilityNumber: text, timezone: text, city: text, state: text, zip: text, country: text });
