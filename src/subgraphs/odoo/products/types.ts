import { Directive, Field, ID, InputType, ObjectType } from 'type-graphql';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { Weight } from '../measures.js';

@needs('products:read')
@Directive('@key(fields: "id")')
@ObjectType('Product', { simpleResolvers: true, description: 'What Odoo calls a product variant.' })
export class Product {
  @Field(() => ID) id!: string;
  @Field(() => String) name!: string;
  @Field(() => String, { nullable: true, description: 'Odoo’s internal reference.' }) sku!: string | null;
  @Field(() => String, { nullable: true }) barcode!: string | null;
  @Field(() => Weight, { nullable: true, description: 'Of one unit; null where Odoo has none.' }) weight!: Weight | null;
  @Field(() => DateTime, { description: 'As of when Odoo stated it.' }) updatedAt!: string;
  uuid!: string;
}

@needs('stock:read')
@Directive('@key(fields: "id")')
@ObjectType('StockLevel', { simpleResolvers: true, description: 'How much of a product lies at one location. A level that is used up stays, as 0.' })
export class StockLevel {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'Name of the location in Odoo.' }) location!: string;
  @Field(() => String, { description: 'Decimal as text.' }) onHand!: string;
  @Field(() => String, { description: 'Promised to transfers; decimal as text.' }) reserved!: string;
  @Field(() => String, { description: 'On hand and not reserved; negative where more is reserved than there is. Decimal as text.' }) available!: string;
  @Field(() => String) unit!: string;
  @Field(() => DateTime, { description: 'As of when Odoo stated it.' }) updatedAt!: string;
  uuid!: string;
  productId!: string;
}

export const ProductConnection = pageTypes('Product', () => Product);
export const StockLevelConnection = pageTypes('StockLevel', () => StockLevel);

@InputType()
export class ProductFilter {
  @Field(() => String, { nullable: true }) sku?: string;
  @Field(() => String, { nullable: true }) barcode?: string;
  @Field(() => String, { nullable: true, description: 'Part of the name, the SKU or the barcode; capitals or not. Three characters or more are found through an index.' }) search?: string;
}

@InputType()
export class StockLevelFilter {
  @Field(() => ID, { nullable: true }) productId?: string;
  @Field(() => String, { nullable: true, description: 'Name of the location in Odoo.' }) location?: string;
}
