import { Directive, Field, Float, ObjectType } from 'type-graphql';

/** Where something is, as far as a source says. Shareable, because places come with what several subgraphs own. */
@Directive('@shareable')
@ObjectType('Place', { simpleResolvers: true })
export class Place {
  @Field(() => String, { nullable: true }) name?: string;
  @Field(() => String, { nullable: true }) city?: string;
  @Field(() => String, { nullable: true }) region?: string;
  @Field(() => String, { nullable: true }) postalCode?: string;
  @Field(() => String, { nullable: true, description: 'ISO 3166 alpha-2.' }) country?: string;
  @Field(() => Float, { nullable: true }) latitude?: number;
  @Field(() => Float, { nullable: true }) longitude?: number;
}
