import { Directive, Field, ObjectType } from 'type-graphql';
import { isUnstorableText } from '../../lib/database-faults.js';
import { GatehouseError } from '../../lib/errors.js';

/** What the caller of a mutation did wrong. Shareable, because every subgraph has mutations. */
@Directive('@shareable')
@ObjectType('UserError', { simpleResolvers: true })
export class UserError {
  @Field(() => String, { nullable: true }) field!: string | null;
  @Field(() => String) message!: string;
  @Field(() => String) code!: string;
}

/** What the caller did wrong, as a payload tells it; anything else is thrown again. */
export function userErrorsOf(error: unknown): UserError[] {
  if (isUnstorableText(error)) return [{ field: null, message: 'The input holds the character NUL, which cannot be stored.', code: 'BAD_INPUT' }];
  if (!(error instanceof GatehouseError) || error.code === 'UNAVAILABLE') throw error;
  return [{ field: error.field ?? null, message: error.message, code: error.code }];
}
