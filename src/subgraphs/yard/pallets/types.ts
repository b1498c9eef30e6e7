import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { palletStates, palletSteps, type PalletState as PalletStateName, type PalletStep as PalletStepName } from '../../../model/pallet.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';

export const PalletState = enumOf(palletStates);
registerEnumType(PalletState, { name: 'PalletState', description: 'EXPECTED: announced, not received. RECEIVED: received, not put away. STAGED: taken out of storage, or packed, and not shipped.' });
export const PalletStep = enumOf(palletSteps);
registerEnumType(PalletStep, { name: 'PalletStep', description: 'What happened to a pallet. MOVED: to a place in the warehouse that is no storage.' });

/** A transfer as this subgraph names it to Odoo's. */
@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Transfer', { simpleResolvers: true })
export class Transfer {
  @Field(() => ID) id!: string;
}

/** A product as this subgraph names it to Odoo's. */
@Directive('@key(fields: "id", resolvable: false)')
@ObjectType('Product', { simpleResolvers: true })
export class Product {
  @Field(() => ID) id!: string;
}

@needs('yard:read')
@Directive('@key(fields: "id")')
@ObjectType('Pallet', { simpleResolvers: true, description: 'A pallet with an SSCC, or a carton with one, as it stands at one warehouse. One that went from warehouse to warehouse is known at each.' })
export class Pallet {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'Serial shipping container code, 18 digits.' }) sscc!: string;
  @Field(() => Boolean, { description: 'Its check digit is right.' }) isSsccValid!: boolean;
  @Field(() => PalletState, { description: 'Of a carton on a pallet by what was said of the carton itself: a pallet that is put away, or shipped, takes its cartons along unsaid.' }) state!: PalletStateName;
  @Field(() => String, { nullable: true, description: 'Code of the warehouse.' }) facilityCode!: string | null;
  @Field(() => Boolean, { description: 'Odoo moved it into storage last, and it has not left. Of a carton on a pallet whether it was put away by itself: ask the pallet that it is within.' }) isPutAway!: boolean;
  @Field(() => String, { nullable: true, description: 'Where in the warehouse it stands, where somebody says so.' }) location!: string | null;
  @Field(() => String, { nullable: true, description: 'SSCC of the pallet that it stands on; null once it was moved by itself.' }) within!: string | null;
  @Field(() => DateTime, { nullable: true }) expectedAt!: string | null;
  @Field(() => DateTime, { nullable: true }) receivedAt!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'When it was put into storage last.' }) putAwayAt!: string | null;
  @Field(() => String, { nullable: true, description: 'Where in storage it was put last.' }) putAwayLocation!: string | null;
  @Field(() => DateTime, { nullable: true }) shippedAt!: string | null;
  @Field(() => DateTime, { description: 'When what was reported last happened.' }) updatedAt!: string;
  uuid!: string;
  allLines!: PalletLineType[];
}

@ObjectType('PalletLine', { simpleResolvers: true, description: 'What is on a pallet, by whoever handled it last.' })
export class PalletLineType {
  @Field(() => String, { nullable: true, description: 'Of the product, in Odoo; null where a partner alone told of the line.' }) name!: string | null;
  @Field(() => String, { nullable: true, description: 'As a partner names the product.' }) sku!: string | null;
  @Field(() => String, { nullable: true }) barcode!: string | null;
  @Field(() => String, { description: 'Decimal as text.' }) quantity!: string;
  @Field(() => String, { nullable: true, description: 'Pieces where none is named.' }) unit!: string | null;
  @Field(() => String, { nullable: true }) lot!: string | null;
  @Field(() => String, { nullable: true, description: 'Date until which the lot may be used, YYYY-MM-DD.' }) expiresOn!: string | null;
  @Field(() => String, { nullable: true, description: 'SSCC of the carton on the pallet that holds it.' }) carton!: string | null;
  productId!: string | null;
}

@needs('yard:read')
@ObjectType('PalletReport', { simpleResolvers: true, description: 'What one source says happened to a pallet.' })
export class PalletReportType {
  @Field(() => PalletStep) step!: PalletStepName;
  @Field(() => DateTime, { description: 'Of EXPECTED when it left its sender.' }) at!: string;
  @Field(() => DateTime, { nullable: true }) expectedAt!: string | null;
  @Field(() => String, { description: 'The connection that said it: of a warehouse, of a sender, or of Odoo.' }) connection!: string;
  @Field(() => String, { nullable: true, description: 'Name of the transfer in Odoo, as the order or receipt is called; of a ship notice its number.' }) reference!: string | null;
  @Field(() => String, { nullable: true, description: 'The partner’s own number of the shipment or receipt.' }) number!: string | null;
  @Field(() => String, { nullable: true }) location!: string | null;
  uuid!: string;
}

export const PalletConnection = pageTypes('Pallet', () => Pallet);
export const PalletLineConnection = pageTypes('PalletLine', () => PalletLineType);
export const PalletReportConnection = pageTypes('PalletReport', () => PalletReportType);

@InputType()
export class PalletFilter {
  @Field(() => [PalletState], { nullable: true }) state?: PalletStateName[];
  @Field(() => String, { nullable: true, description: 'Code of the warehouse.' }) facilityCode?: string;
  @Field(() => String, { nullable: true, description: 'Name of an order, receipt or transfer, or number of a ship notice.' }) reference?: string;
  @Field(() => ID, { nullable: true }) shipmentId?: string;
  @Field(() => String, { nullable: true, description: 'With or without (00). At every warehouse that knows it.' }) sscc?: string;
  @Field(() => String, { nullable: true, description: 'SSCC of a pallet: the cartons on it.' }) within?: string;
}
