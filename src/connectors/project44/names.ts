import { carrierCode, normalizeReferenceValue, type Reference } from '../../model/references.js';
import { rowOf } from '../kit/table.js';
import { clip, filled, maxReferenceLength } from '../kit/text.js';
import { nameTypes, vehicleTypes } from './codes.js';
import { identifier, type Identifier } from './payloads.js';

/** One shipment of ours that a message is about. */
export interface Subject {
  reference: Reference;
  also?: Reference[];
  carrier?: string;
}

export interface Subjects {
  list: Subject[];
  /** Several travel together: which of them something at a stop is about is not said. */
  areSeveral: boolean;
}

/** More shipments than one truck carries, and than anybody names in one message. */
const maxSubjects = 200;

export function identifiersIn(list: readonly unknown[] | null | undefined): Identifier[] {
  return (list ?? []).flatMap((raw) => {
    const parsed = identifier.safeParse(raw);
    return parsed.success && parsed.data.value.length <= maxReferenceLength ? [parsed.data] : [];
  });
}

/**
 * Which shipments are meant. Where no type of name comes twice, all are names of one shipment; where one does, its values are
 * shipments of their own that travel together, and what else is named (the load's bill of lading) is a name of none of them.
 * @param id project44's own, by which the shipment can be asked for
 */
export function subjectsOf(identifiers: readonly Identifier[], id: string | undefined, connection: string): Subjects {
  const carrier = carrierOf(identifiers);
  const of = carrier === undefined ? {} : { carrier };
  const names = identifiers.flatMap(({ type, value }): Array<Reference & { type: string }> => {
    const kind = rowOf(nameTypes, type.toUpperCase());
    const known = normalizeReferenceValue(value);
    return kind === undefined || known === '' || known.length > maxReferenceLength ? [] : [{ type: type.toUpperCase(), kind, issuer: connection, value: known }];
  });
  const byType = Object.keys(nameTypes).map((type) => [...new Map(names.filter((name) => name.type === type).map(({ type: _, ...name }) => [name.value, name])).values()]).filter((each) => each.length > 0);
  const repeated = byType.find((each) => each.length > 1);
  if (repeated !== undefined) return { list: repeated.slice(0, maxSubjects).map((reference) => ({ reference, ...of })), areSeveral: true };
  const pros = carrier === undefined ? [] : identifiers.filter(({ type }) => type.toUpperCase() === 'PRO').map(({ value }): Reference => ({ kind: 'pro_number', issuer: carrier, value: normalizeReferenceValue(value) }));
  const own: Reference[] = id === undefined || id.length > maxReferenceLength ? [] : [{ kind: 'tracker', issuer: connection, value: id }];
  const [reference, ...also] = [...new Map([...byType.flat(), ...pros.slice(0, 1), ...own].map((name) => [`${name.kind} ${name.value}`, name])).values()];
  return { list: reference === undefined ? [] : [{ reference, ...(also.length === 0 ? {} : { also }), ...of }], areSeveral: false };
}

function carrierOf(identifiers: readonly Identifier[]): string | undefined {
  const code = identifiers.find(({ type }) => ['SCAC', 'CARRIER_SCAC'].includes(type.toUpperCase())) ?? identifiers.find(({ type }) => type.toUpperCase() === 'CARRIER_NAME');
  return code === undefined ? undefined : carrierCode(clip(code.value, 60));
}

/** The truck, by what its carrier calls it; its plate besides. Null where neither is given. */
export function vehicleOf(identifiers: readonly Identifier[]): { id: string; plate?: string } | null {
  const value = (type: string) => filled(identifiers.find((each) => each.type.toUpperCase() === type)?.value);
  const id = vehicleTypes.map(value).find((each) => each !== undefined);
  const plate = value('LICENSE_PLATE');
  return id === undefined ? null : { id, ...(plate === undefined ? {} : { plate: clip(plate, 40) }) };
}
