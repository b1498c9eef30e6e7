import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { enumOf } from '../../shared/enums.js';
import { Money } from '../../shared/money.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { UserError } from '../../shared/user-errors.js';

export const BookingState = enumOf(['UNKNOWN', 'BOOKED', 'PARTIAL', 'CANCEL_REQUESTED', 'CANCELLED', 'FAILED'] as const);
registerEnumType(BookingState, { name: 'BookingState', description: 'PARTIAL: some packages came out. CANCEL_REQUESTED: the carrier has still to confirm. The connection’s own word is rawState.' });
export const DocumentKind = enumOf(['UNKNOWN', 'LABEL', 'RETURN_LABEL', 'POD', 'MANIFEST', 'CUSTOMS', 'PHOTO'] as const);
registerEnumType(DocumentKind, { name: 'DocumentKind' });

@ObjectType('BookedPackage', { simpleResolvers: true })
export class BookedPackage {
  @Field(() => String, { description: 'Name by which it was asked for.' }) id!: string;
  @Field(() => String, { nullable: true }) trackingNumber!: string | null;
  @needs('personal:read')
  @Field(() => String, { nullable: true, description: 'Why it did not come out, in the carrier’s words. Retry the command: what did is not booked again.' }) error!: string | null;
}

@Directive('@key(fields: "id")')
@ObjectType('Booking', { simpleResolvers: true, description: 'A carrier’s acceptance, with a tracking number for each package.' })
export class Booking {
  @Field(() => ID) id!: string;
  @Field(() => ID, { nullable: true, description: 'The command that caused it.' }) commandId!: string | null;
  @Field(() => BookingState) state!: keyof typeof BookingState;
  @Field(() => String) rawState!: string;
  @Field(() => String) carrier!: string;
  @Field(() => String, { description: 'The carrier’s own code.' }) service!: string;
  @Field(() => Boolean) isReturn!: boolean;
  @needs('freight:read')
  @Field(() => Money, { nullable: true, description: 'What the carrier takes for it.' }) price!: Money | null;
  @needs('freight:read')
  @Field(() => Money, { nullable: true, description: 'What who asked had been told.' }) quoted!: Money | null;
  @needs('freight:read')
  @Field(() => [String], { nullable: true, description: 'Why this service was chosen, one line each.' }) reasons!: string[] | null;
  @Field(() => [BookedPackage]) packages!: BookedPackage[];
  @Field(() => DateTime, { nullable: true }) deliveryAt!: string | null;
  @Field(() => DateTime, { description: 'As of when it was stated.' }) updatedAt!: string;
  uuid!: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Document', { simpleResolvers: true, description: 'A file: a label, a proof of delivery, a manifest.' })
export class Document {
  @Field(() => ID) id!: string;
  @Field(() => DocumentKind) kind!: keyof typeof DocumentKind;
  @Field(() => String, { description: 'PDF, ZPL, PNG, JPEG.' }) format!: string;
  @Field(() => String, { nullable: true, description: 'Package that it is of, by the name by which it was asked for.' }) package!: string | null;
  @Field(() => ID, { nullable: true }) bookingId!: string | null;
  @Field(() => String, { description: 'SHA-256 of the content, hex.' }) sha256!: string;
  @Field(() => Int) bytes!: number;
  @Field(() => String, { description: 'Where GET with the same token gives the content.' }) path!: string;
  @Field(() => DateTime) updatedAt!: string;
  uuid!: string;
}

export const BookingConnection = pageTypes('Booking', () => Booking);
export const DocumentConnection = pageTypes('Document', () => Document);

@ObjectType('CarrierRate', { simpleResolvers: true })
export class CarrierRate {
  @Field(() => String) connection!: string;
  @Field(() => String) carrier!: string;
  @Field(() => String, { description: 'The carrier’s own code.' }) service!: string;
  @Field(() => String, { description: 'For people.' }) label!: string;
  @Field(() => Money, { nullable: true }) price!: Money | null;
  @Field(() => Int, { nullable: true, description: 'Days on the way.' }) days!: number | null;
  @Field(() => DateTime, { nullable: true }) deliveryAt!: string | null;
  @Field(() => Boolean) guaranteed!: boolean;
}

@ObjectType('MissingQuote', { simpleResolvers: true })
export class MissingQuote {
  @Field(() => String, { description: 'Empty where there is no connection to ask.' }) connection!: string;
  @Field(() => String) reason!: string;
}

@ObjectType('Quote', { simpleResolvers: true, description: 'What carriers would take for it, the best by the booking rules first.' })
export class Quote {
  @Field(() => ID) id!: string;
  @Field(() => [CarrierRate]) rates!: CarrierRate[];
  @Field(() => [String], { description: 'Why the first is the best, and what the rules left out.' }) reasons!: string[];
  @Field(() => Boolean, { description: 'True where somebody was asked and did not answer with rates.' }) partial!: boolean;
  @Field(() => [MissingQuote]) missing!: MissingQuote[];
}

@ObjectType('QuotePayload', { simpleResolvers: true })
export class QuotePayload {
  @Field(() => Quote, { nullable: true }) quote!: Quote | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}


@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Command', { simpleResolvers: true })
export class Command {
  @Field(() => ID) id!: string;
}

@ObjectType('BookingPayload', { simpleResolvers: true, description: 'What was asked for is durable; what becomes of it tells command(id).' })
export class BookingPayload {
  @Field(() => ID, { nullable: true, description: 'Of the command that does it. Where a booking is cancelled before it began: of the booking’s.' }) commandId!: string | null;
  @needs('commands:read')
  @Field(() => Command, { nullable: true }) command!: Command | null;
  @Field(() => Boolean, { description: 'True where the same key had asked for the same before.' }) duplicate!: boolean;
  @Field(() => [UserError]) userErrors!: UserError[];
}
