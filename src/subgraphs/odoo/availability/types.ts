import { Field, ObjectType } from 'type-graphql';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { Product } from '../products/types.js';

@needs('stock:read')
@ObjectType('WarehouseAvailability', { simpleResolvers: true, description: 'How much of a product is at one warehouse, as Odoo says and as the warehouse itself says. Decimals as text.' })
export class WarehouseAvailability {
  @Field(() => String, { description: 'Code of the warehouse in Odoo.' }) facilityCode!: string;
  @Field(() => String, { description: 'Whose warehouse it is: several companies may use one code.' }) company!: string;
  @Field(() => String, { description: 'On hand by Odoo.' }) onHand!: string;
  @Field(() => String, { description: 'On hand and not reserved, by Odoo.' }) available!: string;
  @Field(() => String, { nullable: true, description: 'On hand by the warehouse; null where it states no level.' }) statedOnHand!: string | null;
  @Field(() => String, { nullable: true, description: 'What may still be promised, by the warehouse.' }) statedAvailable!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'As of when the warehouse stated it.' }) statedAt!: string | null;
  @Field(() => String, { nullable: true, description: 'By how much the warehouse has more than Odoo says; negative where it has less.' }) difference!: string | null;
  @Field(() => String, { description: 'The lower of what Odoo and the warehouse say; never below zero.' }) promisable!: string;
}

@needs('stock:read')
@ObjectType('Availability', { simpleResolvers: true, description: 'What can be promised of a product, over all warehouses that this token sees. Decimals as text.' })
export class Availability {
  @needs('products:read')
  @Field(() => Product) product!: Product;
  @Field(() => String, { description: 'On hand by Odoo.' }) onHand!: string;
  @Field(() => String, { description: 'Promised to transfers, by Odoo.' }) reserved!: string;
  @Field(() => String, { description: 'On hand and not reserved, by Odoo.' }) available!: string;
  @Field(() => String, { description: 'The sum over the warehouses: of each the lower of what Odoo and the warehouse say.' }) promisable!: string;
  allWarehouses!: WarehouseAvailability[];
}

export const AvailabilityConnection = pageTypes('Availability', () => Availability);
export const WarehouseAvailabilityConnection = pageTypes('WarehouseAvailability', () => WarehouseAvailability);
