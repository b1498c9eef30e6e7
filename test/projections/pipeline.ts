import { sql } from 'kysely';
import { sha256 } from '../../src/lib/ids.js';
import type { Transaction } from '../../src/jobs/engine.js';
import { decodeMessages } from '../../src/jobs/tasks/decode.js';
import type { TaskContext } from '../../src/jobs/tasks/context.js';
import { followUp } from '../../src/jobs/tasks/follow-up.js';
import { project } from '../../src/jobs/tasks/project.js';
import { Inbox } from '../../src/events/inbox.js';
import type { FollowUp } from '../../src/projections/runner.js';
import { testServices, type DatabaseKind } from '../support/databases.js';
import type { Services } from '../../src/main.js';
import type { Message } from './journey-messages.js';

/** The way from the inbox to the read model, taken step by step instead of by jobs. */
export interface Pipeline {
  services: Services;
  tasks: TaskContext;
  /** Makes the messages durable; gives the ids of those that are new, by connection. */
  receive(messages: ReadonlyArray<Message & { delivery?: string }>): Promise<Map<string, string[]>>;
  decode(connection: string, ids: readonly string[]): Promise<void>;
  project(): Promise<void>;
  /** Runs the follow-ups that projections asked for so far, and projects nothing: decoders may be ahead of them. */
  followUp(): Promise<void>;
  /** Runs the follow-ups that projections asked for, and what they lead to, until nothing is left. */
  settle(): Promise<void>;
  /** As if nothing had ever come in; connections stay. */
  reset(): Promise<void>;
  remove(): Promise<void>;
}

const kept = ['connection', 'connection_secret', 'signing_key', 'installation', 'schema_migration', 'log_head', 'data_key', 'audit', 'audit_head'];

export async function openPipeline(kind: DatabaseKind, companies: Partial<Record<Message['connection'], string>> = {}, settings: Partial<Record<Message['connection'], Record<string, string>>> = {}): Promise<Pipeline> {
  const services = await testServices(kind);
  const add = (id: Message['connection'], connector: string, own = {}) => services.connections.add({ id, connector, company: companies[id] ?? 'main', settings: { ...own, ...settings[id] }, secrets: {} });
  await add('erp', 'odoo');
  await add('parcels', 'easypost');
  await add('freight', 'x12', { zone: 'UTC' });
  await add('tms', 'otm');
  await add('dock', 'opendock');
  const followUps: FollowUp[] = [];
  const jobs = {
    async send(_tx: Transaction, queue: string, data: readonly object[]) {
      if (queue === 'follow-up') followUps.push(...(data as FollowUp[]));
    },
  };
  const inbox = new Inbox(services.database, { bodies: services.tasks.bodies, maxBatch: 500, maxWaitingBytes: 1e9 });
  const tasks: TaskContext = { ...services.tasks, inbox, jobs: jobs as unknown as TaskContext['jobs'] };
  const pipeline: Pipeline = {
    services,
    tasks,
    async receive(messages) {
      const receipts = await Promise.all(messages.map((message) => {
        const body = Buffer.from(message.body);
        return inbox.receive({ connection: message.connection, dedupeKey: message.delivery ?? sha256(body), headers: {}, body, receivedMs: Date.now() });
      }));
      const fresh = new Map<string, string[]>();
      receipts.forEach((receipt, index) => {
        if (receipt.duplicate) return;
        const { connection } = messages[index]!;
        fresh.set(connection, [...(fresh.get(connection) ?? []), receipt.id]);
      });
      return fresh;
    },
    async decode(_connection, ids) {
      while ((await decodeMessages(tasks, ids)) > 0);
    },
    project: async () => void (await project(tasks)),
    async followUp() {
      await followUp(tasks, followUps.splice(0));
    },
    async settle() {
      await pipeline.project();
      while (followUps.length > 0) {
        await pipeline.followUp();
        await pipeline.project();
      }
    },
    async reset() {
      followUps.length = 0;
      const db = services.database.kysely;
      const tables = await sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = 'public' and table_name not like 'event\\_%'`.execute(db);
      await sql`truncate ${sql.join(tables.rows.filter(({ name }) => !kept.includes(name)).map(({ name }) => sql.table(name)))}`.execute(db);
      await sql`update log_head set position = 0`.execute(db);
    },
    remove: () => (services as Services & { remove(): Promise<void> }).remove(),
  };
  return pipeline;
}
