import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../shared/scalars.js';
import { UserError } from './types.js';

@ObjectType('CodeOverride', { simpleResolvers: true, description: 'What a partner’s code means here, whatever its connector says.' })
export class CodeOverride {
  @Field(() => String, { description: 'As milestones show it; * for any.' }) rawCode!: string;
  @Field(() => String, { description: 'As milestones show it; empty for any.' }) rawReason!: string;
  @Field(() => String, { nullable: true, description: 'Code of the milestone; null of a proposal: as the connector says.' }) code!: string | null;
  @Field(() => String, { nullable: true, description: 'Null: as the connector says.' }) classifier!: string | null;
  @Field(() => String, { nullable: true, description: 'Null: what the code raises by itself.' }) exceptionClass!: string | null;
  @Field(() => String) changedBy!: string;
  @Field(() => DateTime) changedAt!: string;
}

@ObjectType('ConnectionMapping', { simpleResolvers: true, description: 'How a partner’s codes are mapped, beside what its connector knows.' })
export class ConnectionMapping {
  @Field(() => ID) connection!: string;
  @Field(() => [CodeOverride]) applied!: CodeOverride[];
  @Field(() => [CodeOverride], { description: 'Without effect until they are applied.' }) proposed!: CodeOverride[];
  @Field(() => String, { description: 'Names the table as it would be with the proposals: who applies says by it what was tried.' }) fingerprint!: string;
}

@ObjectType('UnmappedCode', { simpleResolvers: true, description: 'A partner’s code that is mapped nowhere.' })
export class UnmappedCode {
  @Field(() => ID) connection!: string;
  @Field(() => String) rawCode!: string;
  @Field(() => String) rawReason!: string;
  @Field(() => Int, { description: 'That carried it.' }) messages!: number;
  @Field(() => DateTime) firstAt!: string;
  @Field(() => DateTime) lastAt!: string;
  @Field(() => ID, { description: 'The last message that carried it.' }) rawId!: string;
}

@ObjectType('SaidMilestone', { simpleResolvers: true })
export class SaidMilestone {
  @Field(() => String) code!: string;
  @Field(() => String) classifier!: string;
  @Field(() => DateTime) occurredAt!: string;
  @Field(() => String, { nullable: true }) exceptionClass!: string | null;
  @Field(() => String, { nullable: true }) rawCode!: string | null;
  @Field(() => String, { nullable: true }) rawReason!: string | null;
}

@ObjectType('ChangedMilestone', { simpleResolvers: true })
export class ChangedMilestone {
  @Field(() => SaidMilestone) before!: SaidMilestone;
  @Field(() => SaidMilestone) after!: SaidMilestone;
}

@ObjectType('ShipmentDifference', { simpleResolvers: true, description: 'What would change of a shipment.' })
export class ShipmentDifference {
  @Field(() => ID) shipment!: string;
  @Field(() => String, { nullable: true }) reference!: string | null;
  @Field(() => String) statusBefore!: string;
  @Field(() => String) statusAfter!: string;
  @Field(() => [SaidMilestone]) appear!: SaidMilestone[];
  @Field(() => [ChangedMilestone]) change!: ChangedMilestone[];
  @Field(() => [SaidMilestone]) go!: SaidMilestone[];
}

@ObjectType('MappingPreview', { simpleResolvers: true, description: 'What kept messages would say by the proposed table.' })
export class MappingPreview {
  @Field(() => String, { description: 'Of the table that was tried.' }) fingerprint!: string;
  @Field(() => [ShipmentDifference], { description: 'Those whose status changes first; 100 at most.' }) shipments!: ShipmentDifference[];
  @Field(() => Int, { description: 'Shipments of which anything changes.' }) changedShipments!: number;
  @Field(() => Int) changedStatuses!: number;
  @Field(() => Int, { description: 'Milestones that would appear.' }) appearing!: number;
  @Field(() => Int, { description: 'Milestones that would change.' }) changing!: number;
  @Field(() => Int, { description: 'Milestones that would go.' }) going!: number;
  @Field(() => Int, { description: 'That were tried.' }) messages!: number;
  @Field(() => Int, { description: 'Messages that cannot be read.' }) unreadable!: number;
  @Field(() => Int, { description: 'Reports under names that lead to no shipment yet.' }) unlinked!: number;
  @Field(() => Boolean, { description: 'There are more messages than were tried.' }) cut!: boolean;
}

@ObjectType('ComparedMilestone', { simpleResolvers: true })
export class ComparedMilestone {
  @Field(() => String) code!: string;
  @Field(() => String) classifier!: string;
  @Field(() => DateTime) occurredAt!: string;
}

@ObjectType('ComparedTimes', { simpleResolvers: true })
export class ComparedTimes {
  @Field(() => ComparedMilestone) shadow!: ComparedMilestone;
  @Field(() => ComparedMilestone) live!: ComparedMilestone;
  @Field(() => Int, { description: 'Seconds by which the shadow’s is later.' }) seconds!: number;
}

@ObjectType('ComparedShipment', { simpleResolvers: true, description: 'A shipment of which two connections say different things.' })
export class ComparedShipment {
  @Field(() => ID, { nullable: true, description: 'Null where the name that the shadow uses leads to none.' }) shipment!: string | null;
  @Field(() => String) reference!: string;
  @Field(() => String, { description: 'That the shadow’s reports alone would give.' }) shadowStatus!: string;
  @Field(() => String, { description: 'That the live one’s reports alone give.' }) liveStatus!: string;
  @Field(() => Int, { description: 'Milestones that both report.' }) same!: number;
  @Field(() => [ComparedTimes]) otherTimes!: ComparedTimes[];
  @Field(() => [ComparedMilestone]) onlyShadow!: ComparedMilestone[];
  @Field(() => [ComparedMilestone]) onlyLive!: ComparedMilestone[];
}

@ObjectType('ConnectionComparison', { simpleResolvers: true })
export class ConnectionComparison {
  @Field(() => Int, { description: 'Shipments that both report on.' }) bothShipments!: number;
  @Field(() => Int) onlyShadowShipments!: number;
  @Field(() => Int) onlyLiveShipments!: number;
  @Field(() => Int) statusDiffers!: number;
  @Field(() => Int, { description: 'Milestones that both report.' }) same!: number;
  @Field(() => Int) otherTimes!: number;
  @Field(() => Int) onlyShadow!: number;
  @Field(() => Int) onlyLive!: number;
  @Field(() => Int, { description: 'Messages of the shadow that cannot be read.' }) unreadable!: number;
  @Field(() => [ComparedShipment], { description: 'Where anything differs, the most first; 100 at most.' }) differing!: ComparedShipment[];
  @Field(() => DateTime, { description: 'Before the end of the period where there is more than is compared at once.' }) comparedTo!: string;
}

@InputType()
export class ProposeCodeMappingInput {
  @Field(() => ID) connection!: string;
  @Field(() => String, { description: 'As milestones show it; * for any, with a reason.' }) rawCode!: string;
  @Field(() => String, { nullable: true, description: 'Only with this reason beside it.' }) rawReason?: string | null;
  @Field(() => String, { description: 'Code of the milestone; INFO for one that is to say nothing.' }) code!: string;
  @Field(() => String, { nullable: true, description: 'REQUESTED, PLANNED, ESTIMATED or ACTUAL; as the connector says unless given.' }) classifier?: string | null;
  @Field(() => String, { nullable: true, description: 'Class of the exception that it raises.' }) exceptionClass?: string | null;
}

@InputType()
export class RemoveCodeMappingInput {
  @Field(() => ID) connection!: string;
  @Field(() => String) rawCode!: string;
  @Field(() => String, { nullable: true }) rawReason?: string | null;
}

@InputType()
export class ApplyCodeMappingInput {
  @Field(() => ID) connection!: string;
  @Field(() => String, { description: 'Of the table that was tried: another one is not applied.' }) fingerprint!: string;
  @Field(() => DateTime, { nullable: true, description: 'Messages received from then on are read anew by it; none unless given.' }) replayFrom?: string | null;
  @Field(() => String, { nullable: true, description: 'Why, where a second person must approve it.' }) reason?: string | null;
}

@ObjectType('ConnectionMappingPayload', { simpleResolvers: true })
export class ConnectionMappingPayload {
  @Field(() => ConnectionMapping, { nullable: true }) mapping!: ConnectionMapping | null;
  @Field(() => [UserError]) userErrors!: UserError[];
}
