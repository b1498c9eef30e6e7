/**
 * References: how outside systems name things. A fact is recorded under the reference its source
 * used; link events say which shipment a reference stands for.
 */

/** Kinds of names that can stand for a shipment, or for a part of one. */
export type ReferenceKind =
  | 'tracking' // a carrier's number for one package; issuer is the carrier's code, or * where unknown
  | 'tracker' // an aggregator's own id for a tracker; issuer is the connection
  | 'odoo.delivery' // stock.picking by database id; issuer is the connection
  | 'delivery_name' // stock.picking by its name, as printed on papers; issuer is the connection
  | 'delivery_order' // X12 L11 DO; issuer is the sender
  | 'bill_of_lading' // X12 L11 BM; issuer is the sender
  | 'pro_number' // the carrier's freight bill number (X12 B10-01 or L11 CN); issuer is the carrier
  | 'order_name'; // a sales or purchase order by its printed name; issuer is the connection

export interface Reference {
  kind: ReferenceKind;
  /** Who gave the name: a carrier code, a connection id, or `*` where the source does not say. */
  issuer: string;
  value: string;
}

/** The text by which a reference is known: subject of its events, key of its row. */
export function referenceKey(reference: Reference): string {
  return `${reference.kind}:${reference.issuer}:${reference.value}`;
}

/**
 * The name of a carrier as one code: `FedEx` and `FEDEX` are one, `DHL Express` is DHL_EXPRESS. Letters of every script tell names apart,
 * `Müller` and `Möller` too: rights go by it. Of a name without any it is UNKNOWN, by which nobody has a right.
 */
export function carrierCode(name: string): string {
  return name.normalize('NFKC').toUpperCase().normalize('NFKC').replace(/[^\p{L}\p{M}\p{N}]+/gu, '_').replace(/^_|_$/g, '') || unknownCarrier;
}

export const unknownCarrier = 'UNKNOWN';

/** Case and blanks carry no meaning in numbers that people type and scanners print. */
export function normalizeReferenceValue(value: string): string {
  // Most are printable ASCII, which is its own normal form.
  return (/^[!-~]*$/.test(value) ? value : value.normalize('NFKC').replace(/\s+/g, '')).toUpperCase();
}

export function trackingReference(carrier: string | null, number: string): Reference {
  return { kind: 'tracking', issuer: carrier === null ? '*' : carrierCode(carrier), value: normalizeReferenceValue(number) };
}

/**
 * Matching rules, as data: a reference of `kind` that is not linked yet may stand for the shipment
 * that already has a reference of one of the kinds in `sameValueAs` with the same value, where their
 * issuers agree. More than one such shipment is ambiguous and matches nothing. What one kind matches
 * must match it in turn, or the order of arrival decides.
 */
export const matchingRules: ReadonlyArray<{ kind: ReferenceKind; sameValueAs: readonly ReferenceKind[] }> = [
  { kind: 'tracking', sameValueAs: ['tracking'] },
  { kind: 'delivery_order', sameValueAs: ['delivery_order', 'delivery_name'] },
  { kind: 'delivery_name', sameValueAs: ['delivery_name', 'delivery_order', 'bill_of_lading'] },
  { kind: 'bill_of_lading', sameValueAs: ['bill_of_lading', 'delivery_name'] },
];

/**
 * Two issuers may give one value to different things: equal values mean the same only where one issuer
 * gave both, where the source of a tracking number does not know its carrier, or where one of the two
 * is Odoo's own name of a delivery, which everybody quotes.
 */
export function issuersAgree(a: Reference, b: Reference): boolean {
  if (a.issuer === b.issuer || a.kind === 'delivery_name' || b.kind === 'delivery_name') return true;
  return a.kind === 'tracking' && b.kind === 'tracking' && (a.issuer === '*' || b.issuer === '*');
}

/** Whether equal values of these kinds, from these issuers, are one thing by the matching rules. */
export function meansSame(a: Reference, b: Reference): boolean {
  return a.value === b.value && sameValueKinds(a.kind).includes(b.kind) && issuersAgree(a, b);
}

export function sameValueKinds(kind: ReferenceKind): readonly ReferenceKind[] {
  return matchingRules.find((rule) => rule.kind === kind)?.sameValueAs ?? [];
}

/** How Odoo names a transfer beside its database id. */
export function transferNames(connection: string, name: string, trackingNumbers: readonly string[]): Reference[] {
  return [
    { kind: 'delivery_name', issuer: connection, value: normalizeReferenceValue(name) },
    // Odoo names a delivery method, not the carrier that issued the number.
    ...trackingNumbers.map((number) => trackingReference(null, number)),
  ];
}

/** Whose name this is, where that can contradict another: not a carrier that is not known, and not Odoo, which all others quote. */
export function tellingIssuer(reference: Reference): string | null {
  return reference.issuer === '*' || reference.kind === 'delivery_name' ? null : reference.issuer;
}

/**
 * Whether Odoo's name of a delivery is of a form (`WH/OUT/00042`) that nobody else gives to things of their own, so that
 * whoever states it quotes Odoo. A bare number may be each sender's own.
 */
export function isQuoted({ kind, value }: Reference): boolean {
  return kind === 'delivery_name' && /[A-Z]/i.test(value) && /[/\-_]/.test(value);
}
