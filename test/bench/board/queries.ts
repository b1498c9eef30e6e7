/** What a control room's board asks for: the query of the gateway's benchmark, in the words of the product's graph. */
export const boardQuery = `query Board($first: Int!, $after: String, $filter: ShipmentFilter) {
  shipments(first: $first, after: $after, filter: $filter) {
    nodes {
      id reference status trackingNumbers
      order { id reference state total { amount currency } }
      milestones(first: 3) { nodes { id code occurredAt source { connection rawCode } } }
      loads(first: 1) { nodes { reference stops(first: 5) { nodes { sequence place { city } } } appointments(first: 1) { nodes { dock startsAt } } } }
      exceptions(first: 3) { nodes { id title severity } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** What a customer's portal asks for: customers see no loads, but the stops of their own shipments. */
export const portalQuery = `query Portal($first: Int!, $after: String) {
  shipments(first: $first, after: $after) {
    nodes {
      id reference status trackingNumbers
      order { id reference state total { amount currency } }
      milestones(first: 3) { nodes { id code occurredAt source { connection rawCode } } }
      stops(first: 5) { nodes { sequence place { city } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
