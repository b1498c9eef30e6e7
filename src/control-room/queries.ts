/** The documents this page sends, and the shapes they answer with. */

export const shipmentStatuses = [
  'UNKNOWN', 'PLANNED', 'TENDERED', 'ACCEPTED', 'INFO_RECEIVED', 'AT_PICKUP', 'IN_TRANSIT', 'OUT_FOR_DELIVERY',
  'DELIVERY_ATTEMPTED', 'AVAILABLE_FOR_COLLECTION', 'AT_DELIVERY', 'PARTIALLY_DELIVERED', 'DELIVERED',
  'RETURNING', 'RETURNED', 'LOST', 'CANCELLED',
] as const;
export type ShipmentStatus = (typeof shipmentStatuses)[number];

/** Statuses after which a shipment moves no more. */
export const finishedStatuses: ReadonlySet<string> = new Set(['DELIVERED', 'RETURNED', 'LOST', 'CANCELLED']);

export interface Location {
  name: string | null;
  city: string | null;
  region: string | null;
  country: string | null;
}

export interface Milestone {
  id: string;
  cursor: string;
  code: string;
  classifier: string;
  occurredAt: string;
  zone: string | null;
  recordedAt: string;
  package: string | null;
  exceptionClass: string | null;
  retracts: string | null;
  location: Location | null;
  source: { connection: string; rawCode: string | null; rawText: string | null } | null;
}

export interface ShipmentRow {
  id: string;
  reference: string | null;
  status: string;
  carrier: string | null;
  provisional: boolean;
  trackingNumbers: string[];
  order: { id: string; reference: string } | null;
  promisedAt: string | null;
  estimatedAt: string | null;
  deliveredAt: string | null;
  createdAt: string;
  lastMilestone: Milestone | null;
}

export interface LiveMilestone extends Milestone {
  shipment: ShipmentRow | null;
}

export interface OpenException {
  id: string;
  class: string;
  severity: string;
  state: string;
  title: string;
  detail: string | null;
  assignee: string | null;
  openedAt: string;
  shipment: { id: string; reference: string | null } | null;
}

export interface Viewer {
  role: string;
  name: string;
  demonstration: boolean;
}

export interface UserError {
  field: string | null;
  message: string;
  code: string;
}

interface PageInfo {
  hasNextPage: boolean;
  endCursor: string | null;
}

const milestoneFields = `
  id cursor code classifier occurredAt zone recordedAt package exceptionClass retracts
  location { name city region country }
  source { connection rawCode rawText }`;

const rowFields = `
  id reference status carrier provisional trackingNumbers
  order { id reference }
  promisedAt estimatedAt deliveredAt createdAt
  lastMilestone { ${milestoneFields} }`;

const exceptionFields = 'id class severity state title detail assignee openedAt shipment { id reference }';

/** The cursor is read before the lists, so that nothing falls between them and the subscription. */
export const startQuery = 'query Start { viewer { role name demonstration } latestCursor }';
export interface StartAnswer {
  viewer: Viewer;
  latestCursor: string;
}

export const shipmentsQuery = `query Shipments($first: Int!, $after: String, $filter: ShipmentFilter) {
  shipments(first: $first, after: $after, filter: $filter) { edges { cursor node { ${rowFields} } } pageInfo { hasNextPage endCursor } }
}`;
export interface ShipmentsAnswer {
  shipments: { edges: Array<{ cursor: string; node: ShipmentRow }>; pageInfo: PageInfo };
}

export const shipmentQuery = `query Shipment($id: ID!, $after: String) {
  shipment(id: $id) {
    ${rowFields}
    plannedAt
    packages { trackingNumber status }
    exceptions(first: 20) { nodes { id title state openedAt } }
    milestones(first: 100, after: $after) { nodes { ${milestoneFields} } pageInfo { hasNextPage endCursor } }
  }
}`;
export interface ShipmentDetail extends ShipmentRow {
  plannedAt: string | null;
  packages: Array<{ trackingNumber: string; status: string }>;
  exceptions: { nodes: Array<Pick<OpenException, 'id' | 'title' | 'state' | 'openedAt'>> } | null;
  milestones: { nodes: Milestone[]; pageInfo: PageInfo };
}
export interface ShipmentAnswer {
  shipment: ShipmentDetail | null;
}

export const exceptionsQuery = `query OpenExceptions($first: Int!, $after: String) {
  exceptions(first: $first, after: $after, filter: { state: [OPEN, ASSIGNED] }) { nodes { ${exceptionFields} } pageInfo { hasNextPage endCursor } }
}`;
export interface ExceptionsAnswer {
  /** Null where the token may not see them. */
  exceptions: { nodes: OpenException[]; pageInfo: PageInfo } | null;
}

export const assignMutation = `mutation Assign($id: ID!, $value: String!) {
  change: assignException(input: { id: $id, assignee: $value }) { exception { ${exceptionFields} } userErrors { field message code } }
}`;
export const resolveMutation = `mutation Resolve($id: ID!, $value: String!) {
  change: resolveException(input: { id: $id, resolution: $value }) { exception { ${exceptionFields} } userErrors { field message code } }
}`;
export interface ChangeAnswer {
  change: { exception: OpenException | null; userErrors: UserError[] };
}

export const milestonesSubscription = `subscription Milestones($after: String) {
  milestones(after: $after) { ${milestoneFields} shipment { ${rowFields} } }
}`;
export interface MilestonesAnswer {
  milestones: LiveMilestone;
}
