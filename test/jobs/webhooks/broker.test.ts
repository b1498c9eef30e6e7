import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentBroker } from '../../../src/jobs/tasks/webhooks/environment-broker.js';
import type { CloudEvent } from '../../../src/model/cloud-event.js';
import { freePort } from '../../support/free-port.js';
import { Nats, natsProgram } from '../../support/nats-server.js';
import { eventually } from '../../support/requests.js';
import { Endpoints } from './endpoints.js';

interface Message {
  subject: string;
  id: string;
  event: CloudEvent & { data: any };
}

describe.skipIf(natsProgram === null)(`a broker${natsProgram === null ? ' (skipped: no nats-server is installed)' : ''}`, () => {
  let nats: Nats;
  let all: Endpoints;
  beforeAll(async () => {
    nats = new Nats(await freePort());
    await nats.start();
    all = await Endpoints.open('embedded', { GATEHOUSE_BROKER_URL: `${nats.url}/acme.events`, GATEHOUSE_BROKER_SCOPES: 'shipments:read,exceptions:read' });
  });
  afterAll(async () => {
    await all?.server.remove();
    await nats?.remove();
  });

  /** Everything that the stream holds, in its order. */
  async function messages(): Promise<Message[]> {
    const connection: NatsConnection = await connect({ servers: nats.url });
    try {
      const manager = await jetstreamManager(connection);
      const { state } = await manager.streams.info('GATEHOUSE_EVENTS');
      if (state.messages === 0) return [];
      const { name } = await manager.consumers.add('GATEHOUSE_EVENTS', { deliver_policy: DeliverPolicy.All, ack_policy: AckPolicy.None, inactive_threshold: 60_000_000_000 });
      const found: Message[] = [];
      for await (const message of await (await jetstream(connection).consumers.get('GATEHOUSE_EVENTS', name)).fetch({ max_messages: state.messages, expires: 5_000 })) {
        found.push({ subject: message.subject, id: message.headers!.get('Nats-Msg-Id'), event: message.json() });
      }
      return found;
    } finally {
      await connection.close();
    }
  }
  const milestones = async () => (await messages()).filter(({ event }) => event.type.startsWith('gatehouse.milestone.'));

  it('gets every event that its scopes show, once, in order, under subjects of company and type', async () => {
    const parcel = all.number();
    for (const hour of [8, 9, 10]) await all.scan(parcel, hour);
    const got = await eventually(milestones, (found) => found.length >= 3);
    expect(got.map(({ subject }) => subject)).toEqual(Array(3).fill('acme.events.main.milestone.in_transit'));
    expect(got.map(({ event }) => new Date(event.data.occurredAt as string).getUTCHours())).toEqual([8, 9, 10]);
    for (const { id, event } of got) {
      expect(id).toBe(event.id);
      expect(event.data.source).not.toHaveProperty('rawText');
    }
    const machine = await all.server.tokens.create({ role: 'machine', scopes: ['shipments:read', 'exceptions:read'], ttl: 3600 });
    expect(got.map(({ id }) => id)).toEqual(await all.shown(machine));
    expect((await messages()).some(({ event }) => event.type === 'gatehouse.exception.changed')).toBe(true); // UNMATCHED
  });

  it('that is away gets what came meanwhile when it is back, and its place moves no sooner', async () => {
    const before = (await milestones()).length;
    await nats.kill();
    const place = (await all.row(environmentBroker)).position;
    await all.scan(all.number(), 9);
    const row = await eventually(() => all.row(environmentBroker), ({ failures }) => failures > 0);
    expect(row.position).toBe(place);
    expect(row.last_error).not.toBeNull();
    await nats.start();
    await all.makeDue();
    await eventually(milestones, (found) => found.length === before + 1);
    await eventually(() => all.row(environmentBroker), ({ failures, position }) => failures === 0 && position > place);
  });

  it('takes an event that is published again for the same', async () => {
    const before = await messages();
    // As if the process had been killed between the acknowledgements and the commit.
    await all.db.updateTable('webhook_endpoint').set({ position: 0, ordinal: 0, holder: null, lease_until: null }).where('id', '=', environmentBroker).execute();
    await all.scan(all.number(), 9);
    const after = await eventually(messages, (found) => found.some(({ event }) => event.type.startsWith('gatehouse.milestone') && !before.some(({ id }) => id === event.id)));
    expect(after.slice(0, before.length)).toEqual(before);
    expect(new Set(after.map(({ id }) => id)).size).toBe(after.length);
  });

  it('is seen and paused by administrators, and told what it is by the environment alone', async () => {
    const admin = await all.server.tokens.create({ role: 'admin', ttl: 3600 });
    const globalId = Buffer.from(`WebhookEndpoint:${environmentBroker}`).toString('base64url');
    expect((await all.act('changeWebhook', globalId, { description: 'x' }, admin)).userErrors).toEqual([expect.objectContaining({ code: 'CONFLICT' })]);
    expect((await all.act('pauseWebhook', globalId, {}, admin)).userErrors).toEqual([]);
    const before = (await milestones()).length;
    await all.scan(all.number(), 9);
    expect(await milestones()).toHaveLength(before);
    expect((await all.act('resumeWebhook', globalId, {}, admin)).userErrors).toEqual([]);
    await eventually(milestones, (found) => found.length === before + 1);
  });
});
