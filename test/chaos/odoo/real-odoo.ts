import { statement } from '../../odoo/cluster.js';
import type { Gatehouse } from '../../odoo/gatehouse.js';
import { printed, runSnippet, startOdoo, type Installation, type OdooServer } from '../../odoo/installation.js';
import { OdooRpc } from '../../odoo/rpc.js';
import type { FaultyOdoo, Written } from './faulty-odoo.js';
import { startForwarder } from './forwarder.js';

/** A real Odoo, which is down until `up`. */
export async function realOdoo(odoo: Installation, database: string): Promise<FaultyOdoo> {
  const forwarder = await startForwarder();
  const sql = <Row extends object>(text: string) => statement<Row>(odoo.databaseUrl, text, database);
  let server: OdooServer | null = null;
  return {
    name: `Odoo ${odoo.series}`,
    async makeDeliveries(gatehouse, connection, numbers) {
      const { apiKey } = printed<{ apiKey: string }>(await runSnippet(odoo, 'sync', database, { days: 5 }), 'KEYS');
      const pickings = printed<number[]>(await runSnippet(odoo, 'deliveries', database, { numbers }), 'DELIVERIES');
      const telling = await startOdoo(odoo, database, 'written-before');
      try {
        await tell(telling, database, gatehouse, connection, pickings);
        await gatehouse.knows(connection, pickings);
      } finally {
        await telling.stop();
      }
      return { pickings, settings: { url: `http://127.0.0.1:${forwarder.port}`, database, login: 'gatehouse' }, apiKey };
    },
    async up() {
      server = await startOdoo(odoo, database, 'written-after');
      forwarder.target = Number(new URL(server.url).port);
    },
    async failTransactions(count) {
      await sql('create sequence chaos_rollback');
      await sql(`create function chaos_fail() returns trigger language plpgsql as $$ begin
        if nextval('chaos_rollback') <= ${count} then raise exception 'the transaction fails at its end' using errcode = '40001'; end if;
        return null; end $$`);
      await sql('create constraint trigger chaos_fail after insert on gatehouse_command deferrable initially deferred for each row execute function chaos_fail()');
    },
    slow: (ms) => void (forwarder.delayMs = ms),
    async count(pickings, milestonesEach, rollbacks) {
      const [found] = await sql<Written>(`select
        (select count(*)::int from gatehouse_milestone where not coalesce(retracted, false)) as milestones,
        (select count(distinct (picking_id, uid))::int from gatehouse_milestone) as "distinctMilestones",
        (select count(*)::int from (select picking_id, count(*) as n from gatehouse_milestone group by picking_id) x where n <> ${milestonesEach}) as unlike,
        (select count(*)::int from stock_picking where id in (${pickings.join(',')}) and gatehouse_status = 'DELIVERED' and gatehouse_delivered_at is not null and gatehouse_eta is null) as delivered,
        (select count(*)::int from ir_attachment where gatehouse_document is not null) as files,
        (select count(distinct gatehouse_document)::int from ir_attachment where gatehouse_document is not null) as "distinctFiles",
        (select count(distinct r.message_id)::int from message_attachment_rel r join ir_attachment a on a.id = r.attachment_id where a.gatehouse_document is not null) as messages,
        (select count(*)::int from gatehouse_command where state in ('applied', 'outdated')) as inbox,
        (select least(last_value, ${rollbacks})::int from chaos_rollback) as failed`);
      return found!;
    },
    async close() {
      await server?.stop();
      await forwarder.close();
    },
  };
}

async function tell(server: OdooServer, database: string, gatehouse: Gatehouse, connection: string, pickings: readonly number[]): Promise<void> {
  const rpc = new OdooRpc(server.url, database);
  await rpc.signIn();
  const [company] = await rpc.search<{ id: number }>('res.company', [], []);
  await rpc.write('res.company', [company!.id], { gatehouse_url: gatehouse.ingestUrl(connection), gatehouse_secret: gatehouse.secret });
  // What was made before the address was set is told by being touched.
  await rpc.write('stock.picking', pickings, { priority: '1' });
}
