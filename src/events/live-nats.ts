import { AckPolicy, DeliverPolicy, DiscardPolicy, jetstream, jetstreamManager, RetentionPolicy, StorageType, type ConsumerMessages, type JetStreamClient } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../lib/log.js';
import { pause } from '../lib/pause.js';
import type { LiveBus } from './live-bus.js';

const stream = 'GATEHOUSE_LIVE';
const retryMs = 1000;

/**
 * Wake-ups through a stream of NATS JetStream, in which the last one of each installation is kept: who
 * connects later is woken at once. Where NATS cannot be reached, everybody finds out by looking; it is
 * tried again every second, for as long as this is open.
 * @param installation tells apart who shares the server
 */
export function natsBus(options: { url: string; installation: string; log: Log }): LiveBus {
  const subject = `gatehouse.live.${options.installation}`;
  const wakes = new Set<() => void>();
  const closing = new AbortController();
  let published: JetStreamClient | null = null;
  /** A wake-up that could not be sent, or is being sent, makes the next one wait: one is as good as many. */
  let sending = false;
  let again = false;

  const publish = async () => {
    if (sending) {
      again = true;
      return;
    }
    sending = true;
    do {
      again = false;
      // A failure shows on the connection too; who misses the wake-up looks by itself.
      await published?.publish(subject, undefined, { timeout: retryMs }).catch((error: unknown) => options.log.debug({ err: error }, 'a wake-up was not taken by NATS'));
    } while (again);
    sending = false;
  };
  const running = keepConnected(options, closing.signal, async (connection) => {
    const messages = await follow(connection, subject);
    published = jetstream(connection);
    try {
      const wakeAll = () => wakes.forEach((wake) => wake());
      wakeAll(); // whatever was missed while away
      for await (const _ of messages) wakeAll();
    } finally {
      published = null;
    }
  });
  return {
    async beforeCommit() {},
    afterCommit: () => void publish(),
    async listen(wake) {
      wakes.add(wake);
      return { close: async () => void wakes.delete(wake) };
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

/** Connects, lets `work` run for as long as the connection lasts, and begins anew, until `signal` aborts. */
async function keepConnected({ url, log }: { url: string; log: Log }, signal: AbortSignal, work: (connection: NatsConnection) => Promise<void>): Promise<void> {
  let isDown = false;
  while (!signal.aborted) {
    let connection: NatsConnection | undefined;
    let close = () => {};
    try {
      connection = await connect({ servers: url, name: 'gatehouse', reconnect: false, timeout: 5000, pingInterval: 5000, maxPingOut: 2 });
      const open = connection;
      close = () => void open.close();
      signal.addEventListener('abort', close, { once: true });
      if (signal.aborted) close();
      const ended = open.closed();
      if (isDown) log.info('NATS can be reached again');
      isDown = false;
      await Promise.race([work(open), ended.then((error) => { throw error ?? new Error('the connection was closed'); })]);
    } catch (error) {
      if (!isDown && !signal.aborted) log.warn({ err: error }, 'NATS cannot be reached: subscribers are woken by looking every second, until it can be');
      isDown = true;
    } finally {
      signal.removeEventListener('abort', close);
      await connection?.close();
    }
    if (!signal.aborted) await pause(retryMs, signal);
  }
}

/** Wake-ups from now on, and the last one before. The stream is made where it is not there. */
async function follow(connection: NatsConnection, subject: string): Promise<ConsumerMessages> {
  const manager = await jetstreamManager(connection, { timeout: 5000 });
  await manager.streams.add({ name: stream, subjects: ['gatehouse.live.>'], storage: StorageType.Memory, retention: RetentionPolicy.Limits, discard: DiscardPolicy.Old, max_msgs_per_subject: 1 });
  // A consumer of its own without acknowledgements, gone some time after its connection.
  const { name } = await manager.consumers.add(stream, { filter_subject: subject, deliver_policy: DeliverPolicy.LastPerSubject, ack_policy: AckPolicy.None, inactive_threshold: 60_000_000_000, mem_storage: true });
  return (await jetstream(connection).consumers.get(stream, name)).consume();
}
