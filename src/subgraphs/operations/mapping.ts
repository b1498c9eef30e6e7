import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { globalId } from '../../lib/ids.js';
import { GatehouseError } from '../../lib/errors.js';
import type { GraphContext } from '../shared/context.js';
import type { ComparisonView, MappingPreviewView, MappingView } from '../shared/mapping-desk.js';
import { checkFirst } from '../shared/pages.js';
import { DateTime } from '../shared/scalars.js';
import { needs } from '../shared/scopes.js';
import { userErrorsOf } from '../shared/user-errors.js';
import { ApplyCodeMappingInput, ConnectionComparison, ConnectionMapping, ConnectionMappingPayload, MappingPreview, ProposeCodeMappingInput, RemoveCodeMappingInput, UnmappedCode } from './mapping-types.js';

/** Messages that a dry run over the graph looks at, at most. */
const maxTriedMessages = 2_000;

@Resolver()
export class MappingResolver {
  @needs('operations:read')
  @Query(() => ConnectionMapping, { nullable: true, description: 'How the codes of a connection are mapped.' })
  async connectionMapping(@Ctx() { commands, principal }: GraphContext, @Arg('connection', () => ID) connection: string): Promise<ConnectionMapping | null> {
    return mappingOf(connection, await orNull(commands.mapping.table(connection, principal)));
  }

  @needs('operations:read')
  @Query(() => [UnmappedCode], { nullable: true, description: 'Codes that are mapped nowhere, those of the most messages first.' })
  unmappedCodes(@Ctx() { commands, principal }: GraphContext, @Arg('first', () => Int) first: number, @Arg('connection', () => ID, { nullable: true }) connection?: string): Promise<UnmappedCode[]> {
    checkFirst(first);
    return commands.mapping.unmapped({ connection: connection ?? undefined, limit: first }, principal);
  }

  @needs('connections:admin')
  @Query(() => MappingPreview, { nullable: true, description: 'Reads kept messages by the proposed table and says what would change. Changes nothing.' })
  async mappingPreview(
    @Ctx() { commands, principal }: GraphContext,
    @Arg('connection', () => ID) connection: string,
    @Arg('since', () => DateTime, { nullable: true }) since?: string,
    @Arg('messages', () => Int, { defaultValue: 500, description: `At most; ${maxTriedMessages} are taken.` }) messages = 500,
  ): Promise<MappingPreview | null> {
    if (messages < 1 || messages > maxTriedMessages) throw new GatehouseError('BAD_INPUT', `messages takes 1 to ${maxTriedMessages}. The command line takes more: gatehouse mapping try`);
    const preview = await orNull(commands.mapping.preview(connection, { from: since, messages }, principal));
    return preview === null ? null : previewOf(preview);
  }

  @needs('operations:read')
  @Query(() => ConnectionComparison, { nullable: true, description: 'How what a connection in shadow mode reports differs from what a live one reports.' })
  async connectionComparison(
    @Ctx() { commands, principal }: GraphContext,
    @Arg('shadow', () => ID) shadow: string,
    @Arg('live', () => ID) live: string,
    @Arg('from', () => DateTime) from: string,
    @Arg('to', () => DateTime) to: string,
    @Arg('withinMinutes', () => Int, { defaultValue: 720, description: 'Milestones of one code that are further apart are no pair.' }) withinMinutes = 720,
  ): Promise<ConnectionComparison | null> {
    const comparison = await orNull(commands.mapping.compare(shadow, live, { from, to, withinMinutes }, principal));
    return comparison === null ? null : comparisonOf(comparison);
  }

  @needs('connections:admin')
  @Mutation(() => ConnectionMappingPayload, { nullable: true, description: 'Proposes what a code means. It has no effect until it is applied.' })
  proposeCodeMapping(@Ctx() { commands, principal }: GraphContext, @Arg('input', () => ProposeCodeMappingInput) input: ProposeCodeMappingInput): Promise<ConnectionMappingPayload> {
    const { connection, rawReason, ...rest } = input;
    return payloadOf(connection, commands.mapping.propose(connection, { ...rest, rawReason: rawReason ?? undefined }, principal));
  }

  @needs('connections:admin')
  @Mutation(() => ConnectionMappingPayload, { nullable: true, description: 'Takes a proposal back, or proposes that an applied row goes.' })
  removeCodeMapping(@Ctx() { commands, principal }: GraphContext, @Arg('input', () => RemoveCodeMappingInput) { connection, rawCode, rawReason }: RemoveCodeMappingInput): Promise<ConnectionMappingPayload> {
    return payloadOf(connection, commands.mapping.remove(connection, { rawCode, rawReason: rawReason ?? undefined }, principal));
  }

  @needs('connections:admin')
  @Mutation(() => ConnectionMappingPayload, { nullable: true, description: 'Has what is proposed hold from now on, and kept messages read anew by it.' })
  applyCodeMapping(@Ctx() { commands, principal }: GraphContext, @Arg('input', () => ApplyCodeMappingInput) { connection, fingerprint, replayFrom, reason }: ApplyCodeMappingInput): Promise<ConnectionMappingPayload> {
    return payloadOf(connection, commands.mapping.apply(connection, { fingerprint, from: replayFrom ?? null, reason: reason ?? undefined }, principal));
  }
}

async function payloadOf(connection: string, changed: Promise<MappingView>): Promise<ConnectionMappingPayload> {
  try {
    return { mapping: mappingOf(connection, await changed), userErrors: [] };
  } catch (error) {
    return { mapping: null, userErrors: userErrorsOf(error) };
  }
}

/** What is not there, or not for who asks, is null. */
async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

function mappingOf(connection: string, table: MappingView): ConnectionMapping;
function mappingOf(connection: string, table: MappingView | null): ConnectionMapping | null;
function mappingOf(connection: string, table: MappingView | null): ConnectionMapping | null {
  if (table === null) return null;
  const none = { code: null, classifier: null, exceptionClass: null };
  return { connection, applied: table.applied, proposed: table.proposed.map(({ becomes, ...row }) => ({ ...none, ...becomes, ...row })), fingerprint: table.fingerprint };
}

function previewOf({ shipments, totals, ...rest }: MappingPreviewView): MappingPreview {
  return {
    ...rest, changedShipments: totals.shipments, changedStatuses: totals.statuses, appearing: totals.appear, changing: totals.change, going: totals.go,
    shipments: shipments.map(({ shipment, status, ...each }) => ({ ...each, shipment: globalId('Shipment', shipment), statusBefore: status.before, statusAfter: status.after })),
  };
}

function comparisonOf({ shipments, milestones, unreadable, differing, comparedTo }: ComparisonView): ConnectionComparison {
  return {
    bothShipments: shipments.both, onlyShadowShipments: shipments.onlyShadow, onlyLiveShipments: shipments.onlyLive, statusDiffers: shipments.statusDiffers, ...milestones, unreadable, comparedTo,
    differing: differing.map(({ shipment, reference, status, milestones: { same, otherTimes, onlyHere, onlyThere } }) => ({
      shipment: shipment === null ? null : globalId('Shipment', shipment), reference, shadowStatus: status.shadow, liveStatus: status.live, same, onlyShadow: onlyHere, onlyLive: onlyThere,
      otherTimes: otherTimes.map(({ here, there, seconds }) => ({ shadow: here, live: there, seconds })),
    })),
  };
}
