import { uuidFromGlobalId } from '../../lib/ids.js';
import { buildSubgraph, type Subgraph } from '../shared/build.js';
import { OperationsChangeResolver, readHealth } from './changes.js';
import { ApprovalResolver } from './approvals.js';
import { commandLoaders } from './command-loaders.js';
import { CommandAttemptResolver, CommandFailureResolver, CommandResolver } from './commands.js';
import { InterchangeResolver } from './interchanges.js';
import { operationsLoaders } from './loaders.js';
import { MappingResolver } from './mapping.js';
import { PartnerResolver } from './partners.js';
import { PresenceResolver } from './presence.js';
import { shown, WebhookResolver } from './webhooks/resolvers.js';
import { ExceptionResolver, ShipmentExceptionsResolver, ViewerResolver } from './resolvers.js';

/** Exceptions and who deals with them; commands, and how partners do that perform them. */
export function operationsSubgraph(): Promise<Subgraph> {
  return buildSubgraph({
    name: 'operations',
    resolvers: [OperationsChangeResolver, ExceptionResolver, ShipmentExceptionsResolver, ApprovalResolver, CommandResolver, CommandAttemptResolver, CommandFailureResolver, InterchangeResolver, PartnerResolver, MappingResolver, PresenceResolver, ViewerResolver, WebhookResolver],
    references: {
      Exception: (reference, context) => {
        const uuid = uuidFromGlobalId('Exception', String(reference.id));
        return uuid === null ? null : context.loaders.get(operationsLoaders, context.reader).exception.load(uuid);
      },
      ConnectionHealth: async (reference, { reader }) => {
        const uuid = uuidFromGlobalId('ConnectionHealth', String(reference.id));
        return uuid === null ? null : ((await readHealth(reader.db, [uuid])).get(uuid) ?? null);
      },
      Command: (reference, context) => {
        const uuid = uuidFromGlobalId('Command', String(reference.id));
        return uuid === null ? null : context.loaders.get(commandLoaders, context.reader).command.load(uuid);
      },
      WebhookEndpoint: (reference, context) => {
        const uuid = uuidFromGlobalId('WebhookEndpoint', String(reference.id));
        return uuid === null ? null : shown(context, uuid);
      },
      Shipment: (reference) => ({ id: String(reference.id) }),
    },
  });
}
