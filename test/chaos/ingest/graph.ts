/** What a client of the graph sees at the end. */
export interface SeenMilestone {
  id: string;
  /** `<tracking number> <raw code> <time>`. */
  name: string;
}

const fields = 'id code classifier occurredAt package source { rawCode }';

interface Node {
  id: string;
  occurredAt: string;
  package: string;
  source: { rawCode: string };
}

interface Page<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export async function query<T>(url: string, token: string, document: string, variables: Record<string, unknown> = {}): Promise<T> {
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query: document, variables }) });
  const answer = (await response.json()) as { data: T; errors?: unknown };
  if (answer.errors !== undefined) throw new Error(`The graph answered with errors: ${JSON.stringify(answer.errors)}`);
  return answer.data;
}

/** The timelines of all shipments. */
export async function timelines(url: string, token: string): Promise<SeenMilestone[]> {
  const document = `query ($after: String) { page: shipments(first: 50, after: $after) { nodes { trackingNumbers milestones(first: 100) { nodes { ${fields} } pageInfo { hasNextPage } } } pageInfo { hasNextPage endCursor } } }`;
  const shipments = await allPages<{ trackingNumbers: string[]; milestones: Page<Node> }>(url, token, document);
  return shipments.flatMap((shipment) => {
    if (shipment.milestones.pageInfo.hasNextPage) throw new Error(`Shipment ${shipment.trackingNumbers.join()} has more milestones than were ever sent.`);
    return shipment.milestones.nodes.map(seen);
  });
}

const feedDocument = `query ($after: String) { page: events(first: 100, after: $after) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`;

/** The feed from its beginning to its end. */
export async function feed(url: string, token: string): Promise<SeenMilestone[]> {
  return (await allPages<Node>(url, token, feedDocument)).map(seen);
}

/** Counts what is in the feed, reading on from where the last call got to. */
export function feedCounter(url: string, token: string): () => Promise<number> {
  let count = 0;
  let cursor: string | null = null;
  return async () => {
    for (;;) {
      const { page }: { page: Page<Node> } = await query(url, token, feedDocument, { after: cursor });
      count += page.nodes.length;
      cursor = page.pageInfo.endCursor ?? cursor;
      if (!page.pageInfo.hasNextPage) return count;
    }
  };
}

async function allPages<T>(url: string, token: string, document: string): Promise<T[]> {
  const found: T[] = [];
  for (let after: string | null = null; ; ) {
    const { page }: { page: Page<T> } = await query(url, token, document, { after });
    found.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return found;
    after = page.pageInfo.endCursor;
  }
}

function seen(node: Node): SeenMilestone {
  return { id: node.id, name: `${node.package} ${node.source.rawCode} ${new Date(node.occurredAt).toISOString()}` };
}
