import type { Connection } from '../../../auth/connections.js';
import type { Principal } from '../../../auth/principal.js';
import { recordAudit } from '../../../events/audit.js';
import { instant } from '../../../lib/clock.js';
import type { FourEyes } from '../../../lib/config.js';
import { GatehouseError } from '../../../lib/errors.js';
import type { TaskContext } from '../context.js';
import { compareConnections, type Comparison, type ComparisonPeriod } from '../shadow/compare.js';
import { needSecondPerson, type SecondPerson } from '../second-person.js';
import { differenceOf, type MappingDifference } from './difference.js';
import { foretell, type Foretold } from './foretell.js';
import { applyProposals, lockTable, propose, proposeRemoval, readTable, type MappingTable, type ProposedOverride } from './table.js';
import { listUnmapped, type CountedCode } from './unmapped.js';

/** Shipments that it lists. */
const listedShipments = 100;

export type MappingPreview = MappingDifference & Pick<Foretold, 'messages' | 'unreadable' | 'unlinked' | 'cut'> & { fingerprint: string };

/**
 * How partners' codes are mapped, and how a connection in shadow mode compares, as people see and change it over the graph: each as a principal, who sees no connection of other companies.
 * @param options.fourEyes for what this process wants a second person
 */
export function openMappingDesk(tasks: TaskContext, { fourEyes, keys }: { fourEyes: readonly FourEyes[]; keys: SecondPerson['keys'] }) {
  async function visible(id: string, { companies }: Principal): Promise<Connection> {
    const connection = await tasks.connections.find(id);
    if (connection === null || companies === 'none' || (companies !== '*' && !companies.includes(connection.company))) throw new GatehouseError('NOT_FOUND', undefined, { field: 'connection' });
    return connection;
  }
  return {
    /** @throws GatehouseError NOT_FOUND */
    async table(id: string, by: Principal): Promise<MappingTable> {
      return readTable(tasks.database.kysely, (await visible(id, by)).id);
    },
    unmapped: (options: { connection?: string | undefined; limit: number }, by: Principal): Promise<CountedCode[]> => listUnmapped(tasks.database.kysely, { ...options, companies: by.companies }),
    /** @throws GatehouseError NOT_FOUND, BAD_INPUT */
    async propose(id: string, given: ProposedOverride, by: Principal): Promise<MappingTable> {
      const connection = await visible(id, by);
      await tasks.database.transaction((tx) => propose(tx, connection.id, given, by));
      return readTable(tasks.database.kysely, connection.id);
    },
    /** @throws GatehouseError NOT_FOUND */
    async remove(id: string, given: Pick<ProposedOverride, 'rawCode' | 'rawReason'>, by: Principal): Promise<MappingTable> {
      const connection = await visible(id, by);
      await tasks.database.transaction((tx) => proposeRemoval(tx, connection.id, given, by));
      return readTable(tasks.database.kysely, connection.id);
    },
    /** @throws GatehouseError NOT_FOUND, CONFLICT where it is in shadow mode */
    async preview(id: string, range: { from?: string | null | undefined; to?: string | null | undefined; messages: number }, by: Principal): Promise<MappingPreview> {
      return previewMapping(tasks, await visible(id, by), range, { listed: listedShipments, companies: by.companies });
    },
    /**
     * Applies what is proposed and has kept messages replayed, by a job.
     * @param from ISO instant: messages received from then on are replayed; null: none
     * @throws GatehouseError NOT_FOUND, CONFLICT; FORBIDDEN where messages are to be replayed and `by` may not
     */
    async apply(id: string, given: { fingerprint: string; from: string | null; reason?: string | undefined }, by: Principal): Promise<MappingTable> {
      const connection = await visible(id, by);
      const { fingerprint, from, reason } = given;
      if (from !== null && !by.scopes.has('replay:run')) throw new GatehouseError('FORBIDDEN', 'This token may not replay messages (replay:run). Apply the mapping without.', { field: 'replayFrom' });
      const kinds: FourEyes[] = from === null ? ['connections'] : ['connections', 'replay'];
      await needSecondPerson(tasks, { kinds, fourEyes: kinds.some((kind) => fourEyes.includes(kind)), keys }, by, 'mapping apply', { connection: id, fingerprint, from }, reason);
      return tasks.database.transaction(async (tx) => {
        // Before the head of the audit log: who proposes takes them in this order.
        await lockTable(tx, connection.id);
        if (from !== null) {
          await recordAudit(tx, [{ actor: by, action: 'replay.run', target: { kind: 'connection', id: connection.id }, payload: { from, to: null } }]);
          await tasks.jobs.send(tx, 'replay', [{ connection: connection.id, from }]);
        }
        return applyProposals(tx, connection.id, fingerprint, by);
      });
    },
    /** @throws GatehouseError NOT_FOUND, BAD_INPUT */
    async compare(shadow: string, live: string, period: ComparisonPeriod, by: Principal): Promise<Comparison> {
      return compareConnections(tasks, await visible(shadow, by), await visible(live, by), period, by.companies);
    },
  };
}

/**
 * A dry run of what is proposed over kept messages.
 * @param range.messages that are looked at, at most
 * @param options.listed shipments that are listed at most, of these companies
 * @throws GatehouseError CONFLICT where the connection is in shadow mode: nothing of it is shown
 */
export async function previewMapping(tasks: TaskContext, connection: Connection, range: { from?: string | null | undefined; to?: string | null | undefined; messages: number }, { listed, companies }: { listed: number; companies: Principal['companies'] }, onProgress?: Parameters<typeof foretell>[4]): Promise<MappingPreview> {
  if (connection.shadow) throw new GatehouseError('CONFLICT', `${connection.id} is in shadow mode: what it says is shown nowhere. Apply the mapping and compare it with a live connection.`);
  const { next, fingerprint } = await readTable(tasks.database.kysely, connection.id);
  const foretold = await foretell(tasks, { connection: connection.id, from: range.from ?? instant(0), to: range.to ?? instant(Date.now() + 1) }, next, range.messages, onProgress);
  const { messages, unreadable, unlinked, cut } = foretold;
  return { ...(await differenceOf(tasks, foretold, listed, companies)), messages, unreadable, unlinked, cut, fingerprint };
}
