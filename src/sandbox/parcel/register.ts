import type { Log } from '../../lib/log.js';
import type { HttpClient } from '../http-client.js';
import type { Timers } from '../timers.js';
import type { CarrierName } from './places.js';
import { parcelApiKey } from './server.js';

export interface TrackerClient {
  client: HttpClient;
  timers: Timers;
  log: Log;
  parcelUrl: string;
}

/** Has the aggregator report on a number, over HTTP as a shipper's system would. One that is down is asked again later. */
export async function registerTracker(at: TrackerClient, carrier: CarrierName, trackingCode: string, attempt = 1): Promise<void> {
  const { client, parcelUrl, timers, log } = at;
  const body = Buffer.from(JSON.stringify({ tracker: { tracking_code: trackingCode, carrier } }));
  const { status } = await client.post(`${parcelUrl}/v2/trackers`, { authorization: `Basic ${Buffer.from(`${parcelApiKey}:`).toString('base64')}` }, body);
  if (status === 200 || status === 201) return;
  log.warn({ status, trackingCode }, 'The simulated carrier did not take a tracker; it is asked again.');
  timers.after(Math.min(60_000, 1000 * 2 ** attempt), () => registerTracker(at, carrier, trackingCode, attempt + 1));
}
