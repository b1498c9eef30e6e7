import { incoterms, type Customs, type CustomsItem, type FreightAddress, type FreightPackage, type FreightRequest, type LabelFormat } from '../../model/commands.js';
import type { FreightWish } from '../../model/requests.js';
import type { Reference } from '../../model/references.js';
import { parseOffsetTime } from '../../model/time.js';
import { rowOf } from '../kit/table.js';
import { clip } from '../kit/text.js';
import { compact, given, InvalidField, optionalCount, optionalDecimal, text, type Drop } from './fields.js';
import type { OdooRequestRecord } from './payloads.js';

/** Odoo's units, as its settings name them. */
const kilograms: Readonly<Record<string, number>> = { kg: 1, g: 0.001, t: 1000, lb: 0.45359237, oz: 0.028349523125 };
const centimetres: Readonly<Record<string, number>> = { mm: 0.1, cm: 1, m: 100, in: 2.54, ft: 30.48 };
const decimals = 4;

/**
 * What Odoo wants done at a carrier. Whether a carrier could take it is not judged here: who asked is told by what
 * becomes of the command.
 * @throws InvalidField where it does not say what it wants
 */
export function toWish(record: OdooRequestRecord, pickingId: string, connection: string, drop: Drop): FreightWish {
  const { request_id: requestId } = record;
  const [booking, cancels, returnOf, replaces] = [text(record.booking), text(record.cancels), text(record.return_of_request), text(record.replaces)];
  if (record.kind === 'shipment.cancel_requested') {
    if (cancels === undefined && booking === undefined) throw new InvalidField('record.cancels', 'neither cancels nor booking is given');
    return compact({ kind: 'CANCEL' as const, requestId, cancels, booking });
  }
  const freight = toFreight(record, pickingId, connection, drop);
  const service = given(record.service);
  const chosen = service === undefined ? undefined : { carrier: service.carrier, code: service.code };
  if (record.kind === 'return_label.requested') return compact({ kind: 'RETURN' as const, requestId, freight, service: chosen, returnOf });
  const quoted = given(record.quoted);
  const amount = quoted === undefined ? undefined : { amount: String(quoted.amount), currency: quoted.currency };
  return compact({ kind: 'BOOK' as const, requestId, freight, service: chosen, quoted: amount, quote: text(record.quote_id), replaces });
}

function toFreight(record: OdooRequestRecord, pickingId: string, connection: string, drop: Drop): FreightRequest {
  const [from, to] = [given(record.from), given(record.to)];
  if (from === undefined || to === undefined) throw new InvalidField(from === undefined ? 'record.from' : 'record.to', 'there is no address');
  const promised = text(record.promised_at);
  const promisedAt = promised === undefined ? undefined : parseOffsetTime(promised)?.instant;
  if (promised !== undefined && promisedAt === undefined) drop('promised_at', 'it is no plausible time with offset');
  const references: Reference[] = [{ kind: 'odoo.delivery', issuer: connection, value: pickingId }];
  return compact({
    from: toAddress(from), to: toAddress(to), packages: (record.packages ?? []).map((each) => toPackage(each, drop)), references, promisedAt,
    options: { labelFormat: (text(record.label_format) ?? 'PDF') as LabelFormat }, customs: toCustoms(given(record.customs), drop),
  });
}

/** An item without a number that can be read is left out: a carrier that demands it then says what is missing. */
function toCustoms(of: Exclude<OdooRequestRecord['customs'], false> | undefined, drop: Drop): Customs | undefined {
  if (of == null) return undefined;
  const items = of.items.flatMap((item, index): CustomsItem[] => {
    const path = `customs.items.${index}`;
    const [value, weightKg] = [optionalDecimal(item.value, `${path}.value`, drop), measure(item.weight, text(item.weight_uom) ?? 'kg', kilograms, `${path}.weight`, drop)];
    const quantity = optionalCount(typeof item.quantity === 'number' ? Math.ceil(item.quantity) : item.quantity, `${path}.quantity`, drop);
    if (value === undefined || weightKg === undefined || quantity === undefined || quantity < 1) return [];
    return [compact({
      package: text(item.package), description: clip(item.description, 300), quantity, value: { amount: value, currency: item.currency.toUpperCase() }, weightKg, hsCode: text(item.hs_code), originCountry: (text(item.origin) ?? '').toUpperCase(), sku: text(item.sku),
    })];
  });
  const incoterm = text(of.incoterm)?.toUpperCase();
  return compact({ contents: of.contents, explanation: text(of.explanation), incoterm: incoterms.find((each) => each === incoterm), invoice: text(of.invoice), signer: text(of.signer), items });
}

type Address = NonNullable<Exclude<OdooRequestRecord['from'], false>>;

function toAddress(of: Address): FreightAddress {
  return compact({
    name: text(of.name), company: text(of.company), street: text(of.street) ?? '', street2: text(of.street2), city: text(of.city) ?? '', region: text(of.region),
    postalCode: text(of.postalCode), country: (text(of.country) ?? '').toUpperCase(), phone: text(of.phone), email: text(of.email),
  });
}

function toPackage(of: NonNullable<OdooRequestRecord['packages']>[number], drop: Drop): FreightPackage {
  const dimension = (name: 'length' | 'width' | 'height') => measure(of[name], text(of.dimension_uom) ?? 'mm', centimetres, `packages.${of.id}.${name}`, drop);
  return compact({
    id: of.id, weightKg: measure(of.weight, text(of.weight_uom) ?? 'kg', kilograms, `packages.${of.id}.weight`, drop) ?? '0', lengthCm: dimension('length'), widthCm: dimension('width'), heightCm: dimension('height'),
  });
}

function measure(value: number | string | null | false | undefined, unit: string, units: Readonly<Record<string, number>>, path: string, drop: Drop): string | undefined {
  const known = given(value);
  if (known === undefined) return undefined;
  const factor = rowOf(units, unit.toLowerCase());
  const amount = Number(known) * (factor ?? Number.NaN);
  if (Number.isFinite(amount) && amount >= 0 && amount < 1e9) return String(Number(amount.toFixed(decimals)));
  drop(path, factor === undefined ? `the unit ${unit} is not known` : 'it is out of range');
  return undefined;
}
