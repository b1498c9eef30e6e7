import { sql } from 'kysely';
import { expect } from 'vitest';
import { testServer, type DatabaseKind, type TestServer } from '../../support/databases.js';
import { accepted, addConnections, delivery, odooBatch, postEasypost, postOdoo, settled, tracker } from '../../support/partners.js';
import { graphql } from '../../support/requests.js';
import { WebhookReceiver } from '../../support/webhook-receiver.js';

const hourOf = (hour: number) => `2026-03-05T${String(hour).padStart(2, '0')}:00:00Z`;

/** A server with a partner, FedEx, and what tests do with endpoints. */
export class Endpoints {
  readonly server: TestServer;
  /** Token of the carrier FedEx. */
  readonly partner: string;
  readonly #receivers: WebhookReceiver[] = [];
  #serial = 0;

  private constructor(server: TestServer, partner: string) {
    [this.server, this.partner] = [server, partner];
  }

  static async open(kind: DatabaseKind, env: Record<string, string> = {}): Promise<Endpoints> {
    const server = await testServer(kind, { GATEHOUSE_ALLOWED_NETWORKS: '127.0.0.0/8', ...env });
    await addConnections(server);
    return new Endpoints(server, await server.tokens.create({ role: 'partner', carriers: ['FedEx'], ttl: 3600, subject: 'fedex' }));
  }

  get db() {
    return this.server.database.kysely;
  }

  async receiver(): Promise<WebhookReceiver> {
    const started = await WebhookReceiver.start();
    this.#receivers.push(started);
    return started;
  }

  /** The id is the UUID; `globalId` as the graph has it. */
  async add(url: string, input: object = {}, token = this.partner): Promise<{ id: string; globalId: string; secret: string }> {
    const { addWebhook } = await graphql(this.server.url, token, 'mutation ($input: AddWebhookInput!) { addWebhook(input: $input) { webhook { id state } secret userErrors { field message code } } }', { input: { url, ...input } });
    expect(addWebhook.userErrors).toEqual([]);
    return { id: Buffer.from(addWebhook.webhook.id, 'base64url').toString().split(':')[1]!, globalId: addWebhook.webhook.id, secret: addWebhook.secret };
  }

  /** Runs a mutation of one endpoint and gives its payload. */
  async act(name: string, globalId: string, input: object = {}, token = this.partner, fields = 'userErrors { field code message }'): Promise<any> {
    const type = { pauseWebhook: 'WebhookIdInput', resumeWebhook: 'WebhookIdInput', removeWebhook: 'WebhookIdInput', testWebhook: 'WebhookIdInput', changeWebhook: 'ChangeWebhookInput', rotateWebhookSecret: 'RotateWebhookSecretInput', replayWebhook: 'ReplayWebhookInput' }[name]!;
    return (await graphql(this.server.url, token, `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} } }`, { input: { id: globalId, ...input } }))[name];
  }

  async row(id: string) {
    return this.db.selectFrom('webhook_endpoint').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  }

  async deliveries(id: string) {
    return this.db.selectFrom('webhook_delivery').selectAll().where('endpoint', '=', id).orderBy('sequence').execute();
  }

  /** A tracking number that no other test has. */
  number(): string {
    return `W${++this.#serial}N${process.pid}`;
  }

  /** A scan of a parcel, one milestone; carriers other than FedEx are not seen by its token. */
  async scan(number: string, hour: number, carrier = 'FedEx'): Promise<void> {
    const body = JSON.stringify(tracker(number, [{ at: hourOf(hour), message: `${number} ${hour}` }], { carrier }));
    await accepted(this.server, await postEasypost(this.server, body), body);
  }

  /** A delivery of Odoo with this tracking number, for a customer. */
  async deliver(id: number, number: string, customer: number): Promise<void> {
    await settled(this.server, (await postOdoo(this.server, odooBatch(delivery(id, { tracking: number, customer })))).body.id as string);
  }

  /** Whatever waits is due now, and no endpoint is let alone. */
  async makeDue(): Promise<void> {
    // Tried again where it meets one who is sending in another order.
    await this.server.database.transaction(async (tx) => {
      await sql`update webhook_endpoint set not_before = null`.execute(tx);
      await sql`update webhook_delivery set next_at = clock_timestamp() where state = 'WAITING'`.execute(tx);
      await sql`select pg_notify('gatehouse_webhooks', '')`.execute(tx);
    });
  }

  /** Removes every endpoint, and stops every receiver. */
  async clear(): Promise<void> {
    await this.server.database.transaction((tx) => tx.deleteFrom('webhook_endpoint').execute());
    for (const receiver of this.#receivers.splice(0)) await receiver.close();
  }

  /** Ids of the milestones that `events` shows a token behind a cursor. */
  async shown(token = this.partner, after: string | null = null): Promise<string[]> {
    const ids: string[] = [];
    for (let cursor = after; ; ) {
      const { events } = await graphql(this.server.url, token, 'query ($after: String) { events(first: 100, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }', { after: cursor });
      ids.push(...events.nodes.map((node: { id: string }) => node.id));
      cursor = events.pageInfo.endCursor;
      if (!events.pageInfo.hasNextPage) return ids;
    }
  }
}
