import { Directive, Field, ObjectType } from 'type-graphql';

@Directive('@shareable')
@ObjectType('ReleaseBlock', { simpleResolvers: true })
export class ReleaseBlock {
  @Field(() => String, { description: 'Which check found it: address, weight, dimensions, service, window, credit, or one of the company’s own.' }) check!: string;
  @Field(() => String) reason!: string;
}

/** Shareable, because a shipment has that of its delivery. */
@Directive('@shareable')
@ObjectType('Release', { simpleResolvers: true, description: 'Whether a delivery may go to transport.' })
export class Release {
  @Field(() => Boolean) ready!: boolean;
  @Field(() => [ReleaseBlock], { description: 'What must be mended in Odoo first.' }) blocked!: ReleaseBlock[];
}
