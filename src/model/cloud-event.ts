/** CloudEvents 1.0, structured mode (JSON event format): what partners' endpoints and the broker are told. */
export interface CloudEvent {
  specversion: '1.0';
  /** The same for the same event, however often and to whomever it is sent. */
  id: string;
  /** `urn:gatehouse:<installation>` */
  source: string;
  /** `gatehouse.milestone.<code>`, `gatehouse.<record>.changed`, or `gatehouse.webhook.<what>` of the endpoint itself. */
  type: string;
  /** Global id of the shipment that it is about; of the record itself where it is of no one shipment. */
  subject: string;
  /** When it was recorded, UTC. When the thing happened stands in data. */
  time: string;
  datacontenttype: 'application/json';
  /** Place in the feed of the owner's rights, as `events(after:)` takes it; absent in events about the endpoint itself. */
  cursor?: string;
  data: unknown;
}

/** Media type of `CloudEvent` as JSON. */
export const cloudEventType = 'application/cloudevents+json; charset=utf-8';

export const typePrefix = 'gatehouse.';

/** The type of a milestone's events; codes are of the vocabulary, so letters and underscores. */
export function milestoneType(code: string): string {
  return `${typePrefix}milestone.${code.toLowerCase()}`;
}

/** The type of events that tell of a record that changed. */
export function changeType(record: string): string {
  return `${typePrefix}${record}.changed`;
}
