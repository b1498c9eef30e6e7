import { request, type ClientRequest, type IncomingMessage } from 'node:http';

export interface StreamEvent {
  event: string;
  data: any;
  id?: string;
}

/** A stream of server-sent events as it arrives, read by hand. */
export interface RawEventStream {
  status: number;
  headers: IncomingMessage['headers'];
  events: StreamEvent[];
  /** Everything that has come, comments too. */
  text(): string;
  ended(): boolean;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Resolves with the head of the answer. */
export function openEventStream(url: string, token: string | null, body: object | null, options: { headers?: Record<string, string>; path?: string } = {}): Promise<RawEventStream> {
  const outgoing: ClientRequest = request(`${url}${options.path ?? '/graphql'}`, {
    method: body === null ? 'GET' : 'POST',
    headers: { accept: 'text/event-stream', ...(body === null ? {} : { 'content-type': 'application/json' }), ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...options.headers },
  });
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let [text, rest, isEnded] = ['', '', false];
      const events: StreamEvent[] = [];
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        rest += chunk;
        const blocks = rest.split('\n\n');
        rest = blocks.pop()!;
        events.push(...blocks.filter((block) => !block.startsWith(':')).map(eventOf));
      });
      response.on('error', () => {}); // told by `ended`
      response.on('close', () => (isEnded = true));
      resolve({ status: response.statusCode!, headers: response.headers, events, text: () => text, ended: () => isEnded, pause: () => response.pause(), resume: () => response.resume(), close: () => outgoing.destroy() });
    });
    outgoing.end(body === null ? undefined : JSON.stringify(body));
  });
}

function eventOf(block: string): StreamEvent {
  const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
  return { event: fields.event ?? 'message', data: fields.data === '' ? null : JSON.parse(fields.data ?? 'null'), ...(fields.id === undefined ? {} : { id: fields.id }) };
}
