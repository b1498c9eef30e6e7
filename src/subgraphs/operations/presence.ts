import { hostname } from 'node:os';
import { Ctx, Field, Float, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { GatehouseError } from '../../lib/errors.js';
import type { GraphContext } from '../shared/context.js';
import { DateTime } from '../shared/scalars.js';
import { needs } from '../shared/scopes.js';

const instance = `${hostname()}/${process.pid}`;

@ObjectType('LiveOperation', { simpleResolvers: true, description: 'Subscribers of one operation that are sent the same.' })
export class LiveOperation {
  @Field(() => String, { description: 'Its name in the document, or its root field.' }) operation!: string;
  @Field(() => Int) subscribers!: number;
  @Field(() => Int, { description: 'Of these, who has caught up and shares executions.' }) live!: number;
  @Field(() => Float, { description: 'Results delivered since the first of them came.' }) delivered!: number;
  @Field(() => Float) deliveredPerSecond!: number;
  @Field(() => Float, { description: 'Of the results delivered.' }) bytes!: number;
  @Field(() => Float) bytesPerSecond!: number;
}

@ObjectType('SlowReader', { simpleResolvers: true, description: 'A connection that is held back because its client does not read; after 5 seconds it is closed with 4410.' })
export class SlowReader {
  @Field(() => String, { description: 'Subject of its token.' }) reader!: string;
  @Field(() => Float, { description: 'Bytes that wait for it.' }) bytes!: number;
  @Field(() => DateTime) since!: string;
}

@ObjectType('LiveOperations', { simpleResolvers: true, description: 'Who watches what, in the process that answers.' })
export class LiveOperations {
  @Field(() => String, { description: 'The process that answers, as host and process id: each server knows its own subscribers only. Behind a load balancer ask each, or gather their metrics.' }) instance!: string;
  @Field(() => [LiveOperation], { description: 'The largest first.' }) operations!: LiveOperation[];
  @Field(() => [SlowReader]) slowReaders!: SlowReader[];
}

@Resolver()
export class PresenceResolver {
  @needs('operations:read')
  @Query(() => LiveOperations, { nullable: true, description: 'Subscriptions of this process now, and who reads too slowly. For tokens that see every company.' })
  liveOperations(@Ctx() { principal, presence }: GraphContext): LiveOperations {
    if (principal.companies !== '*') throw new GatehouseError('FORBIDDEN');
    const { groups, slowReaders } = presence();
    return { instance, operations: groups, slowReaders: slowReaders.map(({ reader, bytes, sinceMs }) => ({ reader, bytes, since: new Date(sinceMs).toISOString() })) };
  }
}
