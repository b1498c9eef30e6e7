import { jetstream, jetstreamManager, JetStreamApiError, RetentionPolicy, StorageType, type JetStreamClient } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';

export interface BrokerMessage {
  subject: string;
  /** `Nats-Msg-Id`: JetStream takes one of this id once within its window. */
  id: string;
  contentType: string;
  body: string;
}

/** Longest that an acknowledgement is waited for, ms. */
const ackMs = 10_000;
const connectMs = 5_000;
/** For how long JetStream knows ids, of a stream that we make, ms. */
const duplicateWindowMs = 600_000;

/** A connection to NATS with JetStream that publishes events, and is made anew where it was lost. */
export class NatsBroker {
  readonly #options: { url: string; prefix: string; stream: string };
  #open: { connection: NatsConnection; client: JetStreamClient } | null = null;

  /** @param options.prefix of every subject; a stream over `<prefix>.>` is made where none takes these */
  constructor(options: { url: string; prefix: string; stream: string }) {
    this.#options = options;
  }

  /**
   * Publishes in order, and resolves once JetStream has acknowledged every one. Where it throws, any of them may
   * have been taken: they are published again, under their ids.
   */
  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    const { client } = (this.#open ??= await this.#connect());
    try {
      // Over one connection they arrive in the order in which they are sent; the acknowledgements are waited for together.
      await Promise.all(messages.map(({ subject, id, contentType, body }) => {
        const header = headers();
        header.set('content-type', contentType);
        return client.publish(subject, body, { msgID: id, headers: header, timeout: ackMs });
      }));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.connection.close();
  }

  async #connect(): Promise<{ connection: NatsConnection; client: JetStreamClient }> {
    const { url, prefix, stream } = this.#options;
    const at = new URL(url);
    const [user, pass] = [at.username, at.password].map(decodeURIComponent);
    const connection = await connect({
      servers: `${at.protocol}//${at.host}`, name: 'gatehouse-events', reconnect: false, timeout: connectMs, pingInterval: 5_000, maxPingOut: 2,
      ...(user === '' ? {} : pass === '' ? { token: user } : { user: user!, pass: pass! }),
    });
    try {
      const manager = await jetstreamManager(connection, { timeout: connectMs });
      if (!(await isTaken(manager, `${prefix}.main.milestone.info`))) {
        await manager.streams.add({ name: stream, subjects: [`${prefix}.>`], storage: StorageType.File, retention: RetentionPolicy.Limits, duplicate_window: duplicateWindowMs * 1_000_000 });
      }
      return { connection, client: jetstream(connection) };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }
}

/** Whether a stream takes this subject: an administrator may have made one with limits of its own. */
async function isTaken(manager: Awaited<ReturnType<typeof jetstreamManager>>, subject: string): Promise<boolean> {
  try {
    await manager.streams.find(subject);
    return true;
  } catch (error) {
    if (error instanceof JetStreamApiError || /no stream matches/i.test((error as Error).message)) return false;
    throw error;
  }
}
