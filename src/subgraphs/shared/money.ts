import { Directive, Field, ObjectType } from 'type-graphql';
import { needs } from './scopes.js';

/** The scope is on the type, so that no field that gives an amount can be without it. */
@needs('money:read')
@Directive('@shareable')
@ObjectType('Money', { simpleResolvers: true })
export class Money {
  @Field(() => String, { description: 'Decimal as text.' }) amount!: string;
  @Field(() => String, { description: 'ISO 4217.' }) currency!: string;
}
