import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { GatehouseError } from '../../../lib/errors.js';
import { customsContents, incoterms, type Customs, type FreightAddress, type FreightPackage, type FreightRequest } from '../../../model/commands.js';
import { faultOfAddress, faultOfFreight } from '../../../model/freight.js';
import type { Reference } from '../../../model/references.js';
import { enumOf } from '../../shared/enums.js';
import { DateTime } from '../../shared/scalars.js';

export const LabelFormat = enumOf(['PDF', 'ZPL', 'PNG'] as const);
registerEnumType(LabelFormat, { name: 'LabelFormat' });

@InputType()
export class FreightAddressInput implements Record<keyof FreightAddress, string | undefined> {
  @Field(() => String, { nullable: true }) name: string | undefined;
  @Field(() => String, { nullable: true }) company: string | undefined;
  @Field(() => String) street!: string;
  @Field(() => String, { nullable: true }) street2: string | undefined;
  @Field(() => String) city!: string;
  @Field(() => String, { nullable: true, description: 'State or province, as carriers write it.' }) region: string | undefined;
  @Field(() => String, { nullable: true }) postalCode: string | undefined;
  @Field(() => String, { description: 'ISO 3166 alpha-2.' }) country!: string;
  @Field(() => String, { nullable: true }) phone: string | undefined;
  @Field(() => String, { nullable: true }) email: string | undefined;
}

@InputType()
export class FreightPackageInput {
  @Field(() => String, { description: 'Your name of the package, unique in the request.' }) id!: string;
  @Field(() => String, { description: 'Kilograms as decimal text.' }) weightKg!: string;
  @Field(() => String, { nullable: true, description: 'Centimetres as decimal text.' }) lengthCm?: string | null;
  @Field(() => String, { nullable: true }) widthCm?: string | null;
  @Field(() => String, { nullable: true }) heightCm?: string | null;
}

@InputType()
export class FreightOptionsInput {
  @Field(() => Boolean, { nullable: true }) signature?: boolean | null;
  @Field(() => Boolean, { nullable: true }) saturday?: boolean | null;
  @Field(() => LabelFormat, { nullable: true, description: 'PDF unless given.' }) labelFormat?: 'PDF' | 'ZPL' | 'PNG' | null;
}

export const CustomsContents = enumOf(customsContents);
registerEnumType(CustomsContents, { name: 'CustomsContents' });
export const Incoterm = enumOf(incoterms);
registerEnumType(Incoterm, { name: 'Incoterm', description: 'Incoterms 2020: who bears carriage and duties.' });

@InputType()
export class MoneyInput {
  @Field(() => String, { description: 'Decimal text.' }) amount!: string;
  @Field(() => String, { description: 'ISO 4217.' }) currency!: string;
}

@InputType()
export class CustomsItemInput {
  @Field(() => String, { nullable: true, description: 'Id of the package that holds it; needed where there are several.' }) package?: string | null;
  @Field(() => String) description!: string;
  @Field(() => Int) quantity!: number;
  @Field(() => MoneyInput, { description: 'Of one.' }) value!: MoneyInput;
  @Field(() => String, { description: 'Kilograms of one as decimal text.' }) weightKg!: string;
  @Field(() => String, { nullable: true, description: 'Harmonized System code.' }) hsCode?: string | null;
  @Field(() => String, { description: 'ISO 3166 alpha-2 of where it was made.' }) originCountry!: string;
  @Field(() => String, { nullable: true }) sku?: string | null;
}

@InputType({ description: 'What customs are told of what crosses their border.' })
export class CustomsInput {
  @Field(() => CustomsContents) contents!: Customs['contents'];
  @Field(() => String, { nullable: true, description: 'What it is, where contents is OTHER.' }) explanation?: string | null;
  @Field(() => Incoterm, { nullable: true }) incoterm?: NonNullable<Customs['incoterm']> | null;
  @Field(() => String, { nullable: true, description: 'Number of the invoice that goes with it.' }) invoice?: string | null;
  @Field(() => String, { nullable: true, description: 'Who certifies it. The sender’s name unless given.' }) signer?: string | null;
  @Field(() => [CustomsItemInput]) items!: CustomsItemInput[];
}

/** What quotes and bookings have in common. */
@InputType()
export class FreightInput {
  @Field(() => FreightAddressInput) from!: FreightAddressInput;
  @Field(() => FreightAddressInput) to!: FreightAddressInput;
  @Field(() => [FreightPackageInput]) packages!: FreightPackageInput[];
  @Field(() => ID, { nullable: true, description: 'The shipment that it is.' }) shipmentId?: string | null;
  @Field(() => String, { nullable: true, description: 'Where there is no shipment yet: of a booking the name of the delivery, of a quote that of the order.' }) reference?: string | null;
  @Field(() => DateTime, { nullable: true, description: 'By when it is promised.' }) promisedAt?: string | null;
  @Field(() => String, { nullable: true, description: 'Day on which it goes out, 2026-11-23.' }) shipOn?: string | null;
  @Field(() => String, { nullable: true, description: 'Who it is for, as booking rules name customers.' }) customer?: string | null;
  @Field(() => FreightOptionsInput, { nullable: true }) options?: FreightOptionsInput | null;
  @Field(() => CustomsInput, { nullable: true, description: 'Carriers that demand it refuse a booking across a customs border without it.' }) customs?: CustomsInput | null;
  @Field(() => String, { nullable: true, description: 'Whose shipment it is. Unless given: that of the shipment, the only one that the token sees, or main.' }) company?: string | null;
}

@InputType({ description: 'A company as the system behind a connection names it.' })
export class ConnectionCompanyInput {
  @Field(() => String) connection!: string;
  @Field(() => String, { description: 'Its id there.' }) company!: string;
}

@InputType()
export class RequestQuoteInput extends FreightInput {
  @Field(() => ConnectionCompanyInput, { nullable: true, description: 'Whose it is, as an outside system names it; instead of company.' }) connectionCompany?: ConnectionCompanyInput | null;
}

@InputType()
export class ServiceInput {
  @Field(() => String) carrier!: string;
  @Field(() => String, { description: 'The carrier’s own code of the service.' }) code!: string;
}

@InputType()
export class BookShipmentInput extends FreightInput {
  @Field(() => String, { description: 'The same key of the same subject asks for the same thing, however often it is sent.' }) idempotencyKey!: string;
  @Field(() => ServiceInput, { nullable: true, description: 'Chosen already. Without, the booking rules choose.' }) service?: ServiceInput | null;
  @Field(() => ID, { nullable: true, description: 'The quote that was shown: its price is kept for settlement.' }) quoteId?: string | null;
  @Field(() => String, { nullable: true, description: 'Connection that books; that of the quote, else the first that can, unless given.' }) connection?: string | null;
  @Field(() => Boolean, { nullable: true, description: 'Books once more what is booked already, which else is asked about (ALREADY_BOOKED). A return needs none.' }) again?: boolean | null;
}

@InputType()
export class BookReturnInput extends BookShipmentInput {
  @Field(() => ID, { description: 'The booking that brought the goods.' }) bookingId!: string;
}

@InputType()
export class CancelBookingInput {
  @Field(() => String) idempotencyKey!: string;
  @Field(() => ID, { nullable: true }) bookingId?: string | null;
  @Field(() => ID, { nullable: true, description: 'Of the command that books, where there is no booking yet.' }) commandId?: string | null;
}

@InputType()
export class CreateManifestInput {
  @Field(() => String) idempotencyKey!: string;
  @Field(() => [ID], { description: 'Bookings of one carrier, at most 1,000.' }) bookingIds!: string[];
}

/**
 * The request in canonical words.
 * @throws GatehouseError BAD_INPUT where no carrier could take it
 */
export function toFreight(input: FreightInput, references: Reference[]): FreightRequest {
  const { from, to, packages, promisedAt, shipOn, options, customs } = input;
  if (shipOn != null && !/^\d{4}-\d{2}-\d{2}$/.test(shipOn)) throw new GatehouseError('BAD_INPUT', 'shipOn is a day, e.g. 2026-11-23.', { field: 'input.shipOn' });
  const request: FreightRequest = {
    from: given(from) as unknown as FreightAddress, to: given(to) as unknown as FreightAddress, packages: packages.map((each) => given(each) as unknown as FreightPackage), references,
    ...(promisedAt == null ? {} : { promisedAt }), ...(shipOn == null ? {} : { shipOn }), ...(options == null ? {} : { options: given(options) as NonNullable<FreightRequest['options']> }),
    ...(customs == null ? {} : { customs: { ...given(customs), items: customs.items.map((item) => ({ ...given(item), value: given(item.value) })) } as unknown as Customs }),
  };
  const fault = faultOfFreight(request);
  if (fault !== null) throw new GatehouseError('BAD_INPUT', fault.message, { field: `input.${fault.field}` });
  return request;
}

/**
 * An address in canonical words.
 * @throws GatehouseError BAD_INPUT where nobody could go there
 */
export function toAddress(input: FreightAddressInput, field: string): FreightAddress {
  const address = given(input) as unknown as FreightAddress;
  const fault = faultOfAddress(address);
  if (fault !== null) throw new GatehouseError('BAD_INPUT', fault.message, { field: `${field}.${fault.field}` });
  return address;
}

/** Without what was not given. */
function given(input: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value != null).map(([name, value]) => [name, typeof value === 'string' ? value.trim() : value]));
}
