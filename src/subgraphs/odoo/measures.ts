import { Field, ObjectType } from 'type-graphql';

export { Money } from '../shared/money.js';

@ObjectType('Weight', { simpleResolvers: true })
export class Weight {
  @Field(() => String, { description: 'Decimal as text.' }) amount!: string;
  @Field(() => String, { description: 'As Odoo names it: kg, lb.' }) unit!: string;
}
