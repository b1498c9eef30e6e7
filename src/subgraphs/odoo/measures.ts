import { Field, ObjectType } from 'type-graphql';

@ObjectType('Money', { simpleResolvers: true })
export class Money {
  @Field(() => String, { description: 'Decimal as text.' }) amount!: string;
  @Field(() => String, { description: 'ISO 4217.' }) currency!: string;
}

@ObjectType('Weight', { simpleResolvers: true })
export class Weight {
  @Field(() => String, { description: 'Decimal as text.' }) amount!: string;
  @Field(() => String, { description: 'As Odoo names it: kg, lb.' }) unit!: string;
}
