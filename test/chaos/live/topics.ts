/** What clients ask of one topic, and how they know again what they are told. */
export interface Topic {
  name: 'milestones' | 'shipmentChanges' | 'exceptionChanges' | 'loadChanges' | 'yardEvents' | 'stockChanges';
  filter: string;
  selection: string;
  /** Of `events`, where it is read as pages. */
  page?: string;
  read(event: Record<string, any>): { name: string | null; state: string | null };
}

export const milestoneName = (parcel: string, rawCode: string, occurredAt: string) => `${parcel} ${rawCode} ${new Date(occurredAt).toISOString()}`;

const seen = 'package occurredAt source { rawCode }';
const readMilestone = (event: Record<string, any>) => ({ name: milestoneName(event.package, event.source.rawCode, event.occurredAt), state: null });

export const topics = {
  milestones: { name: 'milestones', filter: 'MilestoneFilter', selection: `id cursor ${seen}`, read: readMilestone },
  milestonePages: { name: 'milestones', filter: 'MilestoneFilter', selection: '', page: `topics: [MILESTONES]) { all { cursor milestone { ${seen} } }`, read: ({ milestone }) => readMilestone(milestone) },
  shipments: { name: 'shipmentChanges', filter: 'ShipmentChangeFilter', selection: 'id cursor shipment { reference status }', read: ({ shipment }) => ({ name: shipment?.reference ?? null, state: shipment?.status ?? null }) },
  exceptions: { name: 'exceptionChanges', filter: 'ExceptionChangeFilter', selection: 'cursor exception { id state }', read: ({ exception }) => ({ name: exception.id, state: exception.state }) },
  loads: { name: 'loadChanges', filter: 'LoadChangeFilter', selection: 'id cursor load { reference truck }', read: ({ load }) => ({ name: load.reference, state: load.truck }) },
  yard: {
    name: 'yardEvents', filter: 'YardEventFilter', selection: 'id cursor appointment { confirmation startsAt } visit { truck checkedInAt }',
    read: ({ appointment, visit }) => ({ name: appointment?.confirmation ?? visit.truck, state: new Date(appointment?.startsAt ?? visit.checkedInAt).toISOString() }),
  },
  stock: { name: 'stockChanges', filter: 'StockLevelFilter', selection: 'id cursor stockLevel { location onHand }', read: ({ stockLevel }) => ({ name: stockLevel.location, state: String(Number(stockLevel.onHand)) }) },
} as const satisfies Record<string, Topic>;

/** @param more fields beside those that are looked at */
export function documentOf(topic: Topic, { filter, more = '', knowsAfter = true }: { filter?: boolean; more?: string; knowsAfter?: boolean } = {}): string {
  if (topic.page !== undefined) return `query ($after: String!) { page: events(first: 100, after: $after, ${topic.page} pageInfo { endCursor hasNextPage } } }`;
  const variables = [...(knowsAfter ? ['$after: String!'] : []), ...(filter === true ? [`$filter: ${topic.filter}`] : [])];
  const args = [...(knowsAfter ? ['after: $after'] : []), ...(filter === true ? ['filter: $filter'] : [])];
  const list = (of: readonly string[]) => (of.length === 0 ? '' : `(${of.join(', ')})`);
  return `subscription ${list(variables)} { event: ${topic.name}${list(args)} { ${topic.selection} ${more} } }`;
}
