import { getNamedType, isEnumType, TypeInfo, visit, visitWithTypeInfo, type DocumentNode, type GraphQLSchema } from 'graphql';

/** Something deprecated that an operation uses. */
export interface Deprecated {
  /** Schema coordinate: `Shipment.carrier`, `Query.shipments(sort:)`, `ShipmentStatus.LOST`. */
  coordinate: string;
  /** What to use instead, as the schema says it. */
  reason: string;
  /** Day (ISO) from which it is deprecated, where the reason says `Since 2026-11-21`. */
  since?: string;
  /** Day from which it may be gone, where the reason says `until 2027-05-21`. */
  until?: string;
}

/** The dates that a reason names: "Use carrierCode. Since 2026-11-21, until 2027-05-21." */
export function datesOf(reason: string): { since?: string; until?: string } {
  const since = /\bsince (\d{4}-\d{2}-\d{2})\b/i.exec(reason)?.[1];
  const until = /\buntil (\d{4}-\d{2}-\d{2})\b/i.exec(reason)?.[1];
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

/** What a document uses that is deprecated, each once: fields, arguments, and values of enums that stand in its text. */
export function deprecatedIn(schema: GraphQLSchema, document: DocumentNode): readonly Deprecated[] {
  const found = new Map<string, Deprecated>();
  const add = (coordinate: string, reason: string | null | undefined) => {
    if (reason != null) found.set(coordinate, { coordinate, reason, ...datesOf(reason) });
  };
  const info = new TypeInfo(schema);
  visit(document, visitWithTypeInfo(info, {
    Field() {
      const [parent, field] = [info.getParentType(), info.getFieldDef()];
      if (parent != null && field != null) add(`${parent.name}.${field.name}`, field.deprecationReason);
    },
    Argument() {
      const [parent, field, argument] = [info.getParentType(), info.getFieldDef(), info.getArgument()];
      if (parent != null && field != null && argument != null) add(`${parent.name}.${field.name}(${argument.name}:)`, argument.deprecationReason);
    },
    EnumValue(node) {
      const type = getNamedType(info.getInputType());
      if (isEnumType(type)) add(`${type.name}.${node.value}`, type.getValue(node.value)?.deprecationReason);
    },
  }));
  return [...found.values()];
}

/**
 * Headers for an answer whose operation uses these: `Deprecation` (RFC 9745) with the earliest day, and `Sunset`
 * (RFC 8594) with the earliest day from which one may be gone. One that names no day has been deprecated from the beginning.
 */
export function deprecationHeaders(used: readonly Deprecated[]): Record<string, string> {
  if (used.length === 0) return {};
  const earliest = (days: ReadonlyArray<string | undefined>) => days.filter((day) => day !== undefined).sort()[0];
  const since = Date.parse(earliest(used.map((each) => each.since)) ?? '1970-01-01') / 1000;
  const until = earliest(used.map((each) => each.until));
  return { deprecation: `@${since}`, ...(until === undefined ? {} : { sunset: new Date(until).toUTCString() }) };
}
