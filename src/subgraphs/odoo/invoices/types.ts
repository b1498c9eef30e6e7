import { Directive, Field, ID, InputType, ObjectType } from 'type-graphql';
import { pageTypes } from '../../shared/pages.js';
import { DateTime } from '../../shared/scalars.js';
import { needs } from '../../shared/scopes.js';
import { Money } from '../measures.js';

@needs('invoices:read')
@Directive('@key(fields: "id")')
@ObjectType('Invoice', { simpleResolvers: true, description: 'An invoice, bill or credit note of Odoo.' })
export class Invoice {
  @Field(() => ID) id!: string;
  @Field(() => String, { description: 'Odoo’s number; / while it is a draft without one.' }) reference!: string;
  @Field(() => String, { description: 'Odoo’s state: draft, posted, cancel.' }) state!: string;
  @Field(() => String, { description: 'Odoo’s word: not_paid, in_payment, paid, partial, reversed.' }) paymentState!: string;
  @Field(() => Money, { nullable: true }) total!: Money | null;
  @Field(() => Money, { nullable: true, description: 'What is still to be paid.' }) residual!: Money | null;
  @Field(() => DateTime, { nullable: true, description: 'Midnight UTC of the date of the invoice.' }) invoicedAt!: string | null;
  @Field(() => DateTime, { nullable: true, description: 'Midnight UTC of the day on which it is due.' }) dueAt!: string | null;
  @Field(() => [String], { description: 'References of the orders that it bills.' }) orderReferences!: string[];
  @Field(() => DateTime, { description: 'As of when Odoo stated it.' }) updatedAt!: string;
  uuid!: string;
  partyId!: string;
}

export const InvoiceConnection = pageTypes('Invoice', () => Invoice);

@InputType()
export class InvoiceFilter {
  @Field(() => [String], { nullable: true }) state?: string[];
  @Field(() => [String], { nullable: true }) paymentState?: string[];
  @Field(() => String, { nullable: true }) reference?: string;
  @Field(() => String, { nullable: true, description: 'Reference of an order that it bills.' }) orderReference?: string;
}
