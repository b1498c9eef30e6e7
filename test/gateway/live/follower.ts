import { WebSocket } from 'ws';

export interface Told {
  id: string;
  /** Under which it came. */
  token: string;
  cursor: string;
  position: number;
  ordinal: number;
}

function placeOf(cursor: string): { position: number; ordinal: number } {
  const [, position, ordinal] = Buffer.from(cursor, 'base64url').toString().split('.').map(Number);
  return { position: position!, ordinal: ordinal! };
}

/** A client on a bare socket that can be cut off at any time and goes on behind the last cursor that it received. */
export class Follower {
  readonly told: Told[] = [];
  readonly errors: unknown[] = [];
  #socket: WebSocket | null = null;
  #cursor: string;
  #token: string;

  constructor(token: string, readonly document: string, readonly filter: object | null, cursor: string) {
    this.#cursor = cursor;
    this.#token = token;
  }

  get token(): string {
    return this.#token;
  }

  /**
   * Goes on with a token of other rights: offers it on the open socket, which must end because of it.
   * @returns the code with which it ended; null where none was open, 0 where it was taken and goes on
   */
  async changeToken(token: string): Promise<number | null> {
    this.#token = token;
    const socket = this.#socket;
    if (socket === null) return null;
    const ended = new Promise<number>((resolve) => {
      socket.once('close', resolve);
      socket.on('message', (data) => {
        if ((JSON.parse(String(data)) as { type: string }).type === 'pong') resolve(0);
      });
    });
    socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${token}` } }));
    const code = await ended;
    this.#socket = null;
    return code;
  }

  connect(url: string): Promise<void> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const token = this.#token;
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })));
      socket.on('error', reject);
      socket.on('message', (data) => {
        if (this.#socket !== socket) return; // cut off: what is still under way was not received
        const message = JSON.parse(String(data)) as { type: string; payload?: any };
        if (message.type === 'connection_ack') {
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: this.document, variables: { after: this.#cursor, filter: this.filter } } }));
          resolve();
        } else if (message.type === 'next' && message.payload.data?.event != null) this.#take(message.payload.data.event, token);
        else if (message.type !== 'ping' && message.type !== 'pong') this.errors.push(message);
      });
    });
  }

  cut(): void {
    this.#socket?.terminate();
    this.#socket = null;
  }

  #take(event: any, token: string): void {
    const id = event.id ?? event.exception?.id ?? event.connection?.id;
    this.told.push({ id, token, cursor: event.cursor, ...placeOf(event.cursor) });
    this.#cursor = event.cursor;
  }
}
