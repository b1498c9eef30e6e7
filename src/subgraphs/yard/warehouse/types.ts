import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import {
  adjustmentReasons, warehouseDirections, warehouseOrderStates,
  type AdjustmentReason as AdjustmentReasonName, type WarehouseDirection as WarehouseDirectionName, type WarehouseOrderState as WarehouseOrderStateName,
} from '../../../model/warehouse.js';
import { enumOf } from '../../shared/enums.js';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';

export const WarehouseDirection = enumOf(warehouseDirections);
registerEnumType(WarehouseDirection, { name: 'WarehouseDirection', description: 'OUTBOUND: goods leave the warehouse. INBOUND: it expects them.' });
export const WarehouseOrderState = enumOf(warehouseOrderStates);
registerEnumType(WarehouseOrderState, { name: 'WarehouseOrderState', description: 'How far a warehouse is with an order. RELEASED: it was sent and not answered yet. The warehouse’s own word is rawState.' });
export const AdjustmentReason = enumOf(adjustmentReasons);
registerEnumType(AdjustmentReason, { name: 'AdjustmentReason', description: 'Why a warehouse changed a level. Its own word is rawReason.' });

@ObjectType('WarehouseOrderLine', { simpleResolvers: true })
export class WarehouseOrderLine {
  @Field(() => String) id!: string;
  @Field(() => String) sku!: string;
  @Field(() => String, { description: 'Decimal as text.' }) quantity!: string;
  @Field(() => String, { nullable: true, description: 'Packed or received so far, where the warehouse says so. Decimal as text.' }) done!: string | null;
  @Field(() => String, { nullable: true, description: 'Pieces where none is named.' }) unit!: string | null;
  @Field(() => String, { nullable: true }) lot!: string | null;
}

@needs('yard:read')
@Directive('@key(fields: "id")')
@ObjectType('WarehouseOrder', { simpleResolvers: true, description: 'An order to a warehouse, for a delivery or for a receipt that is announced to it, as the warehouse has it.' })
export class WarehouseOrder {
  @Field(() => ID) id!: string;
  @Field(() => WarehouseDirection) direction!: WarehouseDirectionName;
  @Field(() => WarehouseOrderState) state!: WarehouseOrderStateName;
  @Field(() => String) rawState!: string;
  @Field(() => String, { description: 'The name under which it was sent: that of the transfer in Odoo.' }) reference!: string;
  @Field(() => String, { nullable: true, description: 'The warehouse’s own number.' }) number!: string | null;
  @Field(() => String, { nullable: true, description: 'Code of the warehouse.' }) facilityCode!: string | null;
  @Field(() => String, { description: 'The connection that looks after the warehouse.' }) connection!: string;
  @Field(() => DateTime, { description: 'As of when the warehouse stated it.' }) updatedAt!: string;
  uuid!: string;
  allLines!: WarehouseOrderLine[];
}

@ObjectType('ConfirmedLine', { simpleResolvers: true, description: 'What was shipped or received of a product, lot by lot.' })
export class ConfirmedLineType {
  @Field(() => String) id!: string;
  @Field(() => String, { description: 'Empty where the warehouse gives a barcode alone.' }) sku!: string;
  @Field(() => String, { nullable: true }) barcode!: string | null;
  @Field(() => String, { description: 'In good order. Decimal as text.' }) quantity!: string;
  @Field(() => String, { nullable: true, description: 'Decimal as text.' }) ordered!: string | null;
  @Field(() => String, { nullable: true, description: 'Decimal as text; not in quantity.' }) damaged!: string | null;
  @Field(() => String, { nullable: true }) unit!: string | null;
  @Field(() => String, { nullable: true }) lot!: string | null;
  @Field(() => [String], { description: 'Serial numbers, where the warehouse keeps them.' }) serials!: string[];
  @Field(() => String, { nullable: true, description: 'Id of its package.' }) package!: string | null;
  @Field(() => String, { nullable: true, description: 'The warehouse’s reason of a difference.' }) rawReason!: string | null;
}

@ObjectType('ConfirmedPackage', { simpleResolvers: true, description: 'A carton or a pallet.' })
export class ConfirmedPackageType {
  @Field(() => String) id!: string;
  @Field(() => String, { nullable: true, description: 'Serial shipping container code, 18 digits.' }) sscc!: string | null;
  @Field(() => String, { nullable: true, description: 'Id of the pallet that it stands on.' }) within!: string | null;
  @Field(() => String, { nullable: true }) trackingNumber!: string | null;
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier!: string | null;
}

@needs('yard:read')
@Directive('@key(fields: "id")')
@ObjectType('WarehouseConfirmation', { simpleResolvers: true, description: 'What a warehouse shipped of an order, or received of an announced receipt. Of one order there may be several.' })
export class WarehouseConfirmation {
  @Field(() => ID) id!: string;
  @Field(() => WarehouseDirection) direction!: WarehouseDirectionName;
  @Field(() => String) reference!: string;
  @Field(() => String, { nullable: true, description: 'The warehouse’s number of the shipment or receipt.' }) number!: string | null;
  @Field(() => String, { nullable: true, description: 'Code of the warehouse.' }) facilityCode!: string | null;
  @Field(() => DateTime) confirmedAt!: string;
  @Field(() => Boolean, { description: 'Nothing more comes of this order.' }) isFinal!: boolean;
  @Field(() => String, { nullable: true, description: 'Code of the carrier.' }) carrier!: string | null;
  uuid!: string;
  allLines!: ConfirmedLineType[];
  allPackages!: ConfirmedPackageType[];
}

@needs('yard:read')
@Directive('@key(fields: "id")')
@ObjectType('InventoryLevel', { simpleResolvers: true, description: 'How much of a product a warehouse says that it has. What Odoo says is StockLevel.' })
export class InventoryLevel {
  @Field(() => ID) id!: string;
  @Field(() => String, { nullable: true, description: 'Code of the warehouse.' }) facilityCode!: string | null;
  @Field(() => String) sku!: string;
  @Field(() => String, { description: 'Decimal as text.' }) onHand!: string;
  @Field(() => String, { nullable: true, description: 'Promised to orders. Decimal as text.' }) allocated!: string | null;
  @Field(() => String, { nullable: true, description: 'What may still be promised. Decimal as text.' }) available!: string | null;
  @Field(() => String, { nullable: true, description: 'Damaged, on hold, under inspection. Decimal as text.' }) unavailable!: string | null;
  @Field(() => String, { nullable: true }) unit!: string | null;
  @Field(() => String) connection!: string;
  @Field(() => DateTime, { description: 'As of when the warehouse stated it.' }) updatedAt!: string;
  uuid!: string;
}

@needs('yard:read')
@Directive('@key(fields: "id")')
@ObjectType('InventoryAdjustment', { simpleResolvers: true, description: 'A warehouse changed a level otherwise than by an order: a count, damage, goods found or lost.' })
export class InventoryAdjustment {
  @Field(() => ID) id!: string;
  @Field(() => String, { nullable: true, description: 'Code of the warehouse.' }) facilityCode!: string | null;
  @Field(() => String) sku!: string;
  @Field(() => String, { description: 'How much was added; negative where it was taken away. Decimal as text.' }) quantity!: string;
  @Field(() => String, { nullable: true }) unit!: string | null;
  @Field(() => String, { nullable: true }) lot!: string | null;
  @Field(() => String, { nullable: true }) location!: string | null;
  @Field(() => DateTime) adjustedAt!: string;
  @Field(() => AdjustmentReason) reason!: AdjustmentReasonName;
  @Field(() => String) rawReason!: string;
  @Field(() => String, { nullable: true, description: 'Level afterwards, where the warehouse says so. Decimal as text.' }) onHand!: string | null;
  @Field(() => String) connection!: string;
  uuid!: string;
}

export const WarehouseOrderConnection = pageTypes('WarehouseOrder', () => WarehouseOrder);
export const WarehouseOrderLineConnection = pageTypes('WarehouseOrderLine', () => WarehouseOrderLine);
export const WarehouseConfirmationConnection = pageTypes('WarehouseConfirmation', () => WarehouseConfirmation);
export const ConfirmedLineConnection = pageTypes('ConfirmedLine', () => ConfirmedLineType);
export const ConfirmedPackageConnection = pageTypes('ConfirmedPackage', () => ConfirmedPackageType);
export const InventoryLevelConnection = pageTypes('InventoryLevel', () => InventoryLevel);
export const InventoryAdjustmentConnection = pageTypes('InventoryAdjustment', () => InventoryAdjustment);

@InputType()
export class WarehouseOrderFilter {
  @Field(() => [WarehouseOrderState], { nullable: true }) state?: WarehouseOrderStateName[];
  @Field(() => WarehouseDirection, { nullable: true }) direction?: WarehouseDirectionName;
  @Field(() => String, { nullable: true, description: 'Code of the warehouse.' }) facilityCode?: string;
  @Field(() => String, { nullable: true }) reference?: string;
}

@InputType()
export class InventoryFilter {
  @Field(() => String, { nullable: true }) sku?: string;
  @Field(() => String, { nullable: true, description: 'Code of the warehouse.' }) facilityCode?: string;
}
