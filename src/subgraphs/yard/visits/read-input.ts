import { GatehouseError } from '../../../lib/errors.js';
import { uuidFromGlobalId } from '../../../lib/ids.js';
import type { Arrival, VisitReport } from '../../../model/yard/visit-desk.js';
import type { CheckInInput, VisitDriverInput, ExpectVisitInput, FindingInput, HandlingCountInput, ReportVisitInput } from './inputs.js';

const longestName = 100;
const longestNote = 2000;
const decimal = /^\d{1,12}(\.\d{1,6})?$/;
const bad = (field: string, message: string) => new GatehouseError('BAD_INPUT', message, { field: `input.${field}` });

/** @throws GatehouseError NOT_FOUND where it is no id of such a record */
export function uuidOfInput(type: string, field: string, id: string): string {
  const uuid = uuidFromGlobalId(type, id);
  if (uuid === null) throw new GatehouseError('NOT_FOUND', undefined, { field: `input.${field}` });
  return uuid;
}

/** @throws GatehouseError BAD_INPUT, NOT_FOUND */
export function toArrival(input: CheckInInput | ExpectVisitInput): Arrival {
  const { facilityId, appointmentId, type, direction, driver } = input;
  const { visitId, seals, at } = input as CheckInInput;
  return {
    facility: uuidOfInput('Facility', 'facilityId', facilityId),
    ...(visitId == null ? {} : { visit: uuidOfInput('Visit', 'visitId', visitId) }), ...(appointmentId == null ? {} : { appointment: uuidOfInput('Appointment', 'appointmentId', appointmentId) }),
    ...(type == null ? {} : { type }), ...(direction == null ? {} : { direction }), ...(at == null ? {} : { at }),
    ...named('carrier', input.carrier), ...named('truck', input.truck), ...named('trailer', input.trailer), ...toDriver(driver),
    references: names('references', input.references, 50), seals: names('seals', seals, 50),
  };
}

/** @throws GatehouseError BAD_INPUT, NOT_FOUND */
export function toReport(input: ReportVisitInput): VisitReport {
  const { visitId, step, at, load, counts, finding } = input;
  return {
    visit: uuidOfInput('Visit', 'visitId', visitId), step, ...(at == null ? {} : { at }), ...(load == null ? {} : { load }),
    ...named('dock', input.dock), ...named('trailer', input.trailer), ...named('place', input.place), ...named('reason', input.reason, longestNote),
    ...(counts == null ? {} : { counts: toCounts(counts) }), ...(finding == null ? {} : { findings: [toFinding(finding)] }),
    sealsIn: names('sealsIn', input.sealsIn, 50), sealsOut: names('sealsOut', input.sealsOut, 50),
  };
}

/** A text that says something, under its own name. @param path of the field in the input @throws GatehouseError BAD_INPUT */
export function named<Name extends string>(field: Name, value: string | null | undefined, longest = longestName, path: string = field): { [K in Name]?: string } {
  const text = value?.trim() ?? '';
  if (text === '') return {};
  if (text.length > longest) throw bad(path, `At most ${longest} characters.`);
  return { [field]: text } as { [K in Name]?: string };
}

function names(field: string, values: readonly string[] | null | undefined, most: number): string[] {
  if ((values ?? []).length > most) throw bad(field, `At most ${most}.`);
  return [...new Set((values ?? []).flatMap((value, index) => named('each', value, longestName, `${field}.${index}`).each ?? []))];
}

function toDriver(driver: VisitDriverInput | null | undefined): Pick<Arrival, 'driver'> {
  if (driver == null) return {};
  const told = { ...named('name', driver.name, longestName, 'driver.name'), ...named('phone', driver.phone, longestName, 'driver.phone'), ...named('licence', driver.licence, longestName, 'driver.licence') };
  return Object.keys(told).length === 0 ? {} : { driver: told };
}

function quantityOf(field: string, value: string): string {
  if (!decimal.test(value)) throw bad(field, 'A quantity is a decimal number, such as 12 or 0.5.');
  return value;
}

/** @throws GatehouseError BAD_INPUT */
export function toCounts(counts: readonly HandlingCountInput[]): NonNullable<VisitReport['counts']> {
  if (counts.length > 100) throw bad('counts', 'At most 100 counts at once.');
  return counts.map(toCount);
}

function toCount(count: HandlingCountInput, index: number): NonNullable<VisitReport['counts']>[number] {
  const told = <Name extends 'reference' | 'product' | 'lot' | 'unit'>(name: Name, longest?: number) => named(name, count[name], longest, `counts.${index}.${name}`);
  const { unit } = told('unit', 40);
  if (unit === undefined) throw bad(`counts.${index}.unit`, 'Say what was counted: PALLET, CASE, PIECE or the unit of Odoo.');
  return { ...told('reference'), ...told('product'), ...told('lot'), unit, quantity: quantityOf(`counts.${index}.quantity`, count.quantity) };
}

function toFinding(finding: FindingInput): NonNullable<VisitReport['findings']>[number] {
  if ((finding.photos ?? []).length > 20) throw bad('finding.photos', 'At most 20 photos.');
  const told = <Name extends 'reference' | 'product' | 'unit' | 'note'>(name: Name, longest?: number) => named(name, finding[name], longest, `finding.${name}`);
  return {
    kind: finding.kind, ...told('reference'), ...told('product'), ...told('unit', 40), ...told('note', longestNote),
    ...(finding.quantity == null ? {} : { quantity: quantityOf('finding.quantity', finding.quantity) }), photos: (finding.photos ?? []).map((id) => uuidOfInput('Document', 'finding.photos', id)),
  };
}
