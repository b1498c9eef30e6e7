import { createHmac } from 'node:crypto';
import { seconds, trackerObject, type TrackerRecord } from './tracker.js';

export interface EventInput {
  id: string;
  description: 'tracker.created' | 'tracker.updated';
  previousStatus: string | null;
  url: string;
  nowMs: number;
  tracker: TrackerRecord;
}

/** An Event in EasyPost's wire format, as the bytes that are signed and sent. */
export function eventBody(input: EventInput): Buffer {
  const text = JSON.stringify({
    description: input.description,
    mode: 'test',
    previous_attributes: input.previousStatus === null ? {} : { status: input.previousStatus },
    created_at: seconds(input.nowMs),
    pending_urls: [input.url],
    completed_urls: [],
    updated_at: seconds(input.nowMs),
    id: input.id,
    user_id: 'user_00000000000000000000000000000001',
    status: 'pending',
    object: 'Event',
    result: trackerObject(input.tracker),
  });
  // EasyPost writes whole weights as 614.0, which no JavaScript parser gives back: only raw bytes verify.
  return Buffer.from(text.replace(/"weight":(\d+)(?=[,}])/, '"weight":$1.0'), 'utf8');
}

/** EasyPost's `X-Hmac-Signature` over the raw body, the secret in Unicode form NFKD. */
export function eventHeaders(body: Buffer, secret: string): Record<string, string> {
  return { 'x-hmac-signature': `hmac-sha256-hex=${createHmac('sha256', secret.normalize('NFKD')).update(body).digest('hex')}`, 'user-agent': 'EasyPost Webhooks (sandbox)' };
}
