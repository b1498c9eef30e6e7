import { z } from 'zod';
import type { Json } from '../../lib/json.js';
import type { Access } from '../contract.js';
import type { CarrierOutcome } from '../kit/booking/errors.js';
import { UpsApi } from './api.js';
import type { UpsSettings } from './settings.js';

/** Numbers that Track Alert takes in one call. */
const mostNumbers = 100;
/** What Track Alert takes for a number: others stay with polling. */
const subscribable = /^(1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}|1R[0-9A-Z]{26})$/;

const answerOf = z.looseObject({ validTrackingNumbers: z.array(z.string()).nullish().catch(null), invalidTrackingNumbers: z.array(z.string()).nullish().catch(null) });

/**
 * Has UPS push what happens to these numbers for the next 14 days; one that is subscribed already begins anew. Of what was before it tells
 * nothing: so numbers are polled as well, and subscribed with every poll.
 * @returns for people: how many were subscribed, or why none were
 */
export async function subscribe(access: Access<UpsSettings>, numbers: readonly string[], timeoutMs: number): Promise<Json> {
  const wanted = [...new Set(numbers)].filter((number) => subscribable.test(number));
  const opened = UpsApi.open(access, timeoutMs);
  if (!opened.ok || wanted.length === 0) return { subscribed: 0, ...(opened.ok ? {} : { error: opened.error.message }) };
  let subscribed = 0;
  const refusedNumbers: string[] = [];
  for (let from = 0; from < wanted.length; from += mostNumbers) {
    const answer = await create(opened.value, access, wanted.slice(from, from + mostNumbers));
    if (!answer.ok) return { subscribed, error: answer.error.message };
    const read = answerOf.safeParse(answer.value).data;
    subscribed += read?.validTrackingNumbers?.length ?? 0;
    refusedNumbers.push(...(read?.invalidTrackingNumbers ?? []));
  }
  return { subscribed, ...(refusedNumbers.length === 0 ? {} : { refused: refusedNumbers.slice(0, mostNumbers) }) };
}

/** Version 1 is told the address and the credential with each call; of version 2 they are set at UPS. */
function create(api: UpsApi, { settings, secrets }: Access<UpsSettings>, numbers: readonly string[]): Promise<CarrierOutcome<unknown>> {
  const version = settings.trackAlert === 'v1' ? 'v1' : 'v2';
  const destination: { [name: string]: Json } = version === 'v1' ? { destination: { url: settings.webhookUrl ?? '', credentialType: 'Bearer', credential: secrets['webhookSecret']?.[0] ?? '' } } : {};
  return api.post(`/api/track/${version}/subscription/standard/package`, { locale: 'en_US', countryCode: 'US', trackingNumberList: [...numbers], ...destination });
}
