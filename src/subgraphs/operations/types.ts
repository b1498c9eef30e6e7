import { Directive, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { exceptionClasses, severities, type ExceptionClass as ExceptionClassName, type Severity as SeverityName } from '../../model/milestones.js';
import { enumOf } from '../shared/enums.js';
import { pageTypes } from '../shared/pages.js';
import { DateTime } from '../shared/scalars.js';
import { needs } from '../shared/scopes.js';
import { UserError } from '../shared/user-errors.js';

export const ExceptionClass = enumOf(exceptionClasses);
registerEnumType(ExceptionClass, { name: 'ExceptionClass' });
export const Severity = enumOf(severities);
registerEnumType(Severity, { name: 'Severity' });
export const ExceptionState = enumOf(['OPEN', 'ASSIGNED', 'RESOLVED'] as const);
registerEnumType(ExceptionState, { name: 'ExceptionState' });
type ExceptionStateName = keyof typeof ExceptionState;

/** What this subgraph adds to the shipments of the carrier subgraph. */
@Directive('@key(fields: "id")')
@ObjectType('Shipment', { simpleResolvers: true })
export class Shipment {
  @Field(() => ID) id!: string;
}

@Directive('@key(fields: "id")')
@ObjectType('Exception', { simpleResolvers: true, description: 'An open matter that somebody should look at.' })
export class Exception {
  @Field(() => ID) id!: string;
  @Field(() => ExceptionClass) class!: ExceptionClassName;
  @Field(() => String, { description: 'Short stable name: UNMATCHED, AMBIGUOUS, QUARANTINED, NOT_OWNED, CONFLICT, MILESTONE, or the kind of an anomaly.' }) kind!: string;
  @Field(() => Severity) severity!: SeverityName;
  @Field(() => ExceptionState) state!: ExceptionStateName;
  @Field(() => String) title!: string;
  /** It quotes what carriers write, who signed among it. */
  text!: string;
  @Field(() => String, { nullable: true }) assignee!: string | null;
  @Field(() => String, { nullable: true }) resolution!: string | null;
  @Field(() => ID, { nullable: true, description: 'The raw message that gave rise to it.' }) rawId!: string | null;
  @Field(() => DateTime) openedAt!: string;
  @Field(() => DateTime, { nullable: true }) resolvedAt!: string | null;
  @needs('shipments:read')
  @Field(() => Shipment, { nullable: true })
  shipment!: Shipment | null;
  uuid!: string;
}

export const ExceptionConnection = pageTypes('Exception', () => Exception);

@InputType()
export class ExceptionFilter {
  @Field(() => [ExceptionState], { nullable: true }) state?: ExceptionStateName[];
  @Field(() => [String], { nullable: true }) kind?: string[];
}

export { UserError };

@ObjectType('ExceptionPayload', { simpleResolvers: true })
export class ExceptionPayload {
  @Field(() => Exception, { nullable: true }) exception!: Exception | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}

@InputType()
export class AssignExceptionInput {
  @Field(() => ID) id!: string;
  @Field(() => String) assignee!: string;
}

@InputType()
export class ResolveExceptionInput {
  @Field(() => ID) id!: string;
  @Field(() => String) resolution!: string;
}

@InputType()
export class ReopenExceptionInput {
  @Field(() => ID) id!: string;
  @Field(() => String) reason!: string;
}

@ObjectType('Viewer', { simpleResolvers: true, description: 'Who this token is.' })
export class Viewer {
  @Field(() => String) name!: string;
  @Field(() => String) role!: string;
  @Field(() => [String]) scopes!: string[];
  @Field(() => Boolean) demonstration!: boolean;
}
