import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { natsBus } from '../../src/events/live-nats.js';
import { createLog } from '../../src/lib/log.js';
import { testServer, type TestServer } from '../support/databases.js';
import { freePort } from '../support/free-port.js';
import { Nats, natsProgram as program } from '../support/nats-server.js';
import { accepted, addConnections, postEasypost, tracker } from '../support/partners.js';
import { eventually, graphql } from '../support/requests.js';
import { dataOf, openAcknowledged } from '../support/sockets.js';

const title = program === null ? ' (skipped: no nats-server is installed)' : '';

describe.skipIf(program === null)(`wake-ups through NATS${title}`, () => {
  let nats: Nats;
  beforeAll(async () => {
    nats = new Nats(await freePort());
    await nats.start();
  });
  afterAll(() => nats?.remove());

  /** A bus that has reached the server, and how often it woke whoever listens. */
  const open = async (installation: string) => {
    const bus = natsBus({ url: nats.url, installation, log: createLog('silent') });
    let count = 0;
    await bus.listen(() => count++);
    await eventually(async () => count, (woken) => woken > 0);
    return { bus, woken: () => count };
  };

  it('reach every process of the installation, and none of another', async () => {
    const [one, two, other] = await Promise.all([open('aaaaaaaa'), open('aaaaaaaa'), open('bbbbbbbb')]);
    const before = [one, two, other].map((each) => each.woken());
    one.bus.afterCommit();
    await eventually(async () => [one.woken(), two.woken()], ([first, second]) => first! > before[0]! && second! > before[1]!);
    expect(other.woken()).toBe(before[2]);
    await Promise.all([one, two, other].map((each) => each.bus.close()));
  });

  it('come as the last one of many, however fast the read model moves', async () => {
    const { bus, woken } = await open('cccccccc');
    const before = woken();
    for (let count = 0; count < 5000; count++) bus.afterCommit();
    await eventually(async () => woken(), (count) => count > before);
    await sleep(300);
    expect(woken() - before).toBeLessThan(100);
    await bus.close();
  });

  it('come again when NATS was gone and is back', async () => {
    const { bus, woken } = await open('dddddddd');
    const before = woken();
    await nats.kill();
    bus.afterCommit(); // lost
    await nats.start();
    // One at connecting, and one that is sent then.
    await eventually(async () => { bus.afterCommit(); return woken(); }, (count) => count > before + 1);
    await bus.close();
  });
});

describe.skipIf(program === null)(`a server with GATEHOUSE_NATS_URL${title}`, () => {
  let nats: Nats;
  let server: TestServer;
  afterAll(async () => {
    await server?.remove();
    await nats?.remove();
  });

  it('serves while NATS is away, at the start and later, and gives each milestone once', async () => {
    nats = new Nats(await freePort());
    server = await testServer('embedded', { GATEHOUSE_NATS_URL: nats.url });
    await addConnections(server);
    const token = await server.tokens.create({ role: 'operator', ttl: 600 });
    const { latestCursor: after } = await graphql(server.url, token, '{ latestCursor }');
    const socket = await openAcknowledged(server.url, token);
    const received = socket.subscribe('1', 'subscription ($after: String) { milestones(after: $after) { id } }', { after });
    const send = async (number: string, expected: number) => {
      const body = JSON.stringify(tracker(number, [{ code: 'IT' }]));
      await accepted(server, await postEasypost(server, body), body);
      await eventually(async () => received.length, (count) => count >= expected);
    };
    await send('NATS1', 1);
    await nats.start();
    await send('NATS2', 2);
    await sleep(1_500);
    await send('NATS3', 3);
    await nats.kill();
    await send('NATS4', 4);
    await sleep(1_200);
    const ids = dataOf(received, 'milestones').map((event) => event.id as string);
    expect(new Set(ids).size).toBe(4);
    expect(ids).toHaveLength(4);
    await socket.close();
  });
});
