import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatehouseError } from '../../../src/lib/errors.js';
import { openEventStream } from '../../support/live/event-stream.js';
import { liveServer, tokenOf, type LiveServer } from '../../support/live/live-server.js';
import { eventually } from '../../support/requests.js';
import { openAcknowledged } from '../../support/sockets.js';

const ticks = 'subscription { ticks { number } }';

describe('a subscription counts with what its events may cost', () => {
  let server: LiveServer;
  let open = 0;
  beforeAll(async () => {
    server = await liveServer({
      openSubscriptions: {
        openSubscription(_person, cost) {
          if (open + cost > 2) throw new GatehouseError('RATE_LIMITED', 'Too much is open.');
          open += cost;
        },
        closeSubscription: (_person, cost) => void (open -= cost),
      },
    });
  });
  afterAll(() => server?.close());

  const counts = (cost: number) => eventually(async () => open, (now) => now === cost);

  it('until its client ends it, or goes away', async () => {
    const socket = await openAcknowledged(server.url, tokenOf('alice'));
    socket.subscribe('1', ticks);
    await counts(1);
    socket.send({ id: '1', type: 'complete' });
    await counts(0);
    socket.subscribe('2', ticks);
    await counts(1);
    await socket.close();
    await counts(0);
    const stream = await openEventStream(server.url, tokenOf('alice'), { query: ticks });
    await counts(1);
    stream.close();
    await counts(0);
  });

  it('until its source ends or fails', async () => {
    const socket = await openAcknowledged(server.url, tokenOf('alice'));
    const [ended, failed] = [socket.subscribe('1', 'subscription { count(to: 3) }'), socket.subscribe('2', 'subscription { broken }')];
    await eventually(async () => [ended.at(-1)?.type, failed.at(-1)?.type], (types) => types.join() === 'complete,error');
    expect(open).toBe(0);
    await socket.close();
  });

  it('and is refused where too much is open, on every way in, whatever else goes on', async () => {
    const socket = await openAcknowledged(server.url, tokenOf('alice'));
    const first = socket.subscribe('1', ticks);
    socket.subscribe('2', ticks);
    await counts(2);
    const third = socket.subscribe('3', ticks);
    await eventually(async () => third.at(-1), (message) => message !== undefined);
    expect(third).toEqual([{ id: '3', type: 'error', payload: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'RATE_LIMITED' }) })] }]);
    const stream = await openEventStream(server.url, tokenOf('alice'), { query: ticks });
    await eventually(async () => stream.events.at(-1)?.event, (event) => event === 'complete');
    expect(stream.events[0]!.data.errors[0].extensions.code).toBe('RATE_LIMITED');
    server.log.append({ number: 1 });
    await eventually(async () => first.length, (count) => count === 1);
    await socket.close();
    await counts(0);
  });
});
