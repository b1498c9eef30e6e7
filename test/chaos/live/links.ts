import { request } from 'node:http';
import { WebSocket } from 'ws';
import { pause } from './pause.js';

export interface LinkOptions {
  url: string;
  token: string;
  /** Takes $after, and gives `event` or, as pages, `events { all }`. */
  document: string;
  variables: Record<string, unknown>;
  cursor: string;
  /** @param cursor as generic clients get it, beside the data */
  event(event: Record<string, any>, errors: unknown, cursor: string | undefined): void;
  /** The code of an error or of a close. */
  refused(code: string): void;
  /** A fresh token was taken on the open connection. */
  accepted(token: string): void;
}

/** One connection of a client. */
export interface Link {
  readonly ended: Promise<void>;
  end(): void;
  /** Reads nothing for some time. */
  hold(ms: number): void;
  /** Offers a fresh token, where the protocol can. */
  offer(token: string): void;
}

export type OpenLink = (options: LinkOptions) => Link;

interface Result {
  data?: { event?: Record<string, any> };
  errors?: Array<{ message: string; extensions?: { code?: string } }>;
  extensions?: { cursor?: string };
}

const codeOf = (error: { message: string; extensions?: { code?: string } }) => error.extensions?.code ?? error.message;

/** @returns false where the subscription goes on no more */
function take(result: Result, options: LinkOptions, cursor = result.extensions?.cursor): boolean {
  if (result.data?.event != null) {
    options.event(result.data.event, result.errors, cursor);
    return true;
  }
  // An event that failed is not taken: it is asked for again.
  for (const error of result.errors ?? []) options.refused(codeOf(error));
  return false;
}

/** graphql-transport-ws on a bare socket. */
export const openSocketLink: OpenLink = (options) => {
  const { url, token, document, variables, cursor } = options;
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { handshakeTimeout: 5000 });
  let offered = '';
  let isEnded = false;
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })));
  socket.on('message', (data) => {
    if (isEnded) return; // what is under way to who has left is not received
    const message = JSON.parse(String(data)) as { type: string; payload?: any };
    if (message.type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: document, variables: { ...variables, after: cursor } } }));
    else if (message.type === 'pong' && message.payload?.authorization === 'accepted') options.accepted(offered);
    else if ((message.type === 'next' && !take(message.payload, options)) || message.type === 'complete') socket.terminate();
    else if (message.type === 'error') {
      for (const error of message.payload) options.refused(codeOf(error));
      socket.terminate();
    }
  });
  socket.on('error', () => {}); // its close follows
  const end = () => {
    isEnded = true;
    socket.terminate();
  };
  return {
    ended: new Promise((resolve) => socket.on('close', (code) => {
      if (code >= 4000) options.refused(String(code));
      resolve();
    })),
    end,
    hold(ms) {
      socket.pause();
      setTimeout(() => socket.resume(), ms);
    },
    offer(fresh) {
      offered = fresh;
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${fresh}` } }));
    },
  };
};

/** Server-sent events: the document may know of no cursor, for the last id is told beside it. */
export const openStreamLink: OpenLink = (options) => {
  const { url, token, document, variables, cursor } = options;
  const ended = Promise.withResolvers<void>();
  let isEnded = false;
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}`, 'last-event-id': cursor };
  const asked = request(`${url}/graphql`, { method: 'POST', agent: false, headers }, (response) => {
    if (response.statusCode !== 200) {
      options.refused(String(response.statusCode));
      return void asked.destroy();
    }
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0 && !isEnded; end = text.indexOf('\n\n')) {
        const [event, rest] = [text.slice(0, end), text.slice(end + 2)];
        text = rest;
        if (!takeServerSent(event, options)) asked.destroy();
      }
    });
    response.on('error', () => {}); // its close follows
  });
  asked.on('error', () => {});
  asked.on('close', () => ended.resolve());
  asked.end(JSON.stringify({ query: document, variables }));
  return {
    ended: ended.promise,
    end() {
      isEnded = true;
      asked.destroy();
    },
    hold() {},
    offer() {},
  };
};

function takeServerSent(text: string, options: LinkOptions): boolean {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]));
  const data = fields.get('data');
  if (fields.get('event') === 'next') return take(JSON.parse(data!) as Result, options, fields.get('id'));
  if (fields.get('event') === 'closed') options.refused(String((JSON.parse(data!) as { code: number }).code));
  return fields.get('event') === undefined; // a comment
}

const pageMs = 700;

/** Pages of the query `events`, asked for again and again. */
export const openPagesLink: OpenLink = (options) => {
  const leaving = new AbortController();
  let after = options.cursor;
  const read = async () => {
    while (!leaving.signal.aborted) {
      const response = await fetch(`${options.url}/graphql`, {
        method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${options.token}` },
        body: JSON.stringify({ query: options.document, variables: { ...options.variables, after } }), signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(10_000)]),
      });
      const { data, errors } = (await response.json()) as { data?: { page: { all: Array<Record<string, any>>; pageInfo: { endCursor: string | null; hasNextPage: boolean } } | null } | null; errors?: Result['errors'] };
      for (const error of errors ?? []) options.refused(codeOf(error));
      if (data?.page == null || errors !== undefined) return;
      for (const event of data.page.all) options.event(event, undefined, event.cursor);
      after = data.page.pageInfo.endCursor ?? after;
      if (!data.page.pageInfo.hasNextPage) await pause(pageMs);
    }
  };
  return { ended: read().catch(() => {}), end: () => leaving.abort(), hold() {}, offer() {} };
};
