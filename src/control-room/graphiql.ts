import { createClient } from 'graphql-ws';
import { byId } from './dom.js';
import { Session } from './session.js';

/** The two globals of GraphiQL's and React's own browser builds that this page uses. */
interface ReactGlobal {
  createElement(type: unknown, properties: object): unknown;
}
interface ReactDomGlobal {
  createRoot(container: Element): { render(element: unknown): void };
}
interface GraphiqlGlobal {
  createFetcher(options: { url: string; wsClient: unknown; fetch: typeof fetch }): unknown;
}
declare const React: ReactGlobal;
declare const ReactDOM: ReactDomGlobal;
declare const GraphiQL: GraphiqlGlobal;

const shipmentsExample = `# The newest shipments with their order and last milestone.
query Shipments {
  shipments(first: 10) {
    nodes {
      reference
      status
      carrier
      trackingNumbers
      promisedAt
      estimatedAt
      order { reference }
      lastMilestone { code occurredAt location { city country } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

const subscriptionExample = `# Milestones as they are recorded. Give the last cursor you received
# as "after", and what was missed meanwhile comes first.
subscription Milestones($after: String) {
  milestones(after: $after) {
    cursor
    code
    classifier
    occurredAt
    location { city country }
    source { connection rawCode }
    shipment { reference status }
  }
}
`;

const session = new Session();

async function authorization(): Promise<string | null> {
  const token = await session.token();
  byId('signed-in').textContent = token === null
    ? 'Not signed in. Paste a token from: npm run --silent gatehouse -- token create --role operator'
    : session.own ? 'Signed in with your token.' : 'Signed in as the demonstration operator.';
  return token === null ? null : `Bearer ${token}`;
}

/** Adds the token to each request; one that was refused is renewed once. */
async function authorizedFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const value = await authorization();
    const headers = new Headers(init.headers);
    if (value !== null) headers.set('authorization', value);
    const response = await fetch(input, { ...init, headers });
    if (response.status !== 401 || value === null || attempt === 2) return response;
    session.reject(value.slice('Bearer '.length));
  }
}

let lastToken: string | null = null;
const wsClient = createClient({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  connectionParams: async () => {
    const value = await authorization();
    lastToken = value?.slice('Bearer '.length) ?? null;
    return value === null ? {} : { authorization: value };
  },
  on: {
    closed: (event) => {
      const { code } = event as CloseEvent;
      if ((code === 4403 || code === 4401) && lastToken !== null) session.reject(lastToken);
    },
  },
});

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = byId<HTMLInputElement>('token');
  const token = input.value.trim();
  input.value = '';
  if (token === '') session.forget();
  else session.give(token);
  // GraphiQL reads the schema once: another token may see another one.
  location.reload();
});

await authorization().catch((error: Error) => { byId('signed-in').textContent = `${error.message} Reload the page when it runs.`; });
ReactDOM.createRoot(byId('graphiql')).render(React.createElement(GraphiQL, {
  fetcher: GraphiQL.createFetcher({ url: '/graphql', wsClient, fetch: authorizedFetch }),
  defaultTabs: [
    { query: shipmentsExample },
    { query: subscriptionExample },
  ],
  shouldPersistHeaders: false,
}));
