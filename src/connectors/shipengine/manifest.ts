import type { CarrierApi } from '../kit/booking/api.js';
import type { Manifest, ManifestWish } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import { manifestAnswer, type ManifestAnswer } from './payloads.js';

interface Answered {
  read: ManifestAnswer;
  raw: unknown;
}

/**
 * Manifests of these labels: one for each carrier account and warehouse among them, all kept. A label is on one
 * manifest at most; those on which it stands are found by it, so that an answer that was lost is found again.
 */
export async function manifest(api: CarrierApi, { input, known, isRepeated }: ManifestWish): Promise<CarrierOutcome<Manifest>> {
  const labels = input.parts.map((part) => part.externalId);
  const found = known !== null ? read(await api.get(`/v1/manifests/requests/${encodeURIComponent(known)}`)) : await create(api, labels, isRepeated);
  if (!found.ok) return found;
  const { raw, read: { manifests, manifest_requests: requests } } = found.value;
  const urls = (manifests ?? []).flatMap((each) => (each.manifest_download?.href == null ? [] : [each.manifest_download.href]));
  const id = requests?.[0]?.manifest_request_id ?? manifests?.[0]?.manifest_id;
  if (id === undefined) return refused('unparseable', 'ShipEngine answered with something that is no manifest.');
  return {
    ok: true,
    value: {
      id, raw, state: urls.length > 0 ? 'READY' : requests?.some((each) => each.status === 'in_progress') === true ? 'WAITING' : 'FAILED',
      async sheets() {
        const sheets: Uint8Array[] = [];
        for (const url of urls) {
          const content = await api.file(url);
          if (!content.ok) return content;
          sheets.push(content.value);
        }
        return { ok: true, value: sheets };
      },
    },
  };
}

async function create(api: CarrierApi, labels: readonly string[], isRepeated: boolean): Promise<CarrierOutcome<Answered>> {
  if (isRepeated) {
    const before = await ofLabel(api, labels[0]!);
    if (!before.ok || before.value !== null) return before as CarrierOutcome<Answered>;
  }
  const made = read(await api.post('/v1/manifests', { label_ids: [...labels] }));
  if (made.ok) return made;
  const after = await ofLabel(api, labels[0]!);
  return after.ok && after.value !== null ? { ok: true, value: after.value } : made;
}

/** The manifests on which a label stands; null where there is none. */
async function ofLabel(api: CarrierApi, label: string): Promise<CarrierOutcome<Answered | null>> {
  const listed = read(await api.get(`/v1/manifests?label_ids=${encodeURIComponent(label)}`));
  if (!listed.ok) return listed;
  const manifests = (listed.value.read.manifests ?? []).filter((each) => each.label_ids?.includes(label) === true);
  return { ok: true, value: manifests.length === 0 ? null : { read: { manifests, manifest_requests: null }, raw: { manifests } } };
}

/** One manifest alone is answered without the list around it. */
function read(answer: CarrierOutcome<unknown>): CarrierOutcome<Answered> {
  if (!answer.ok) return answer;
  const value = answer.value as { manifests?: unknown; manifest_id?: unknown } | null;
  const parsed = manifestAnswer.safeParse(typeof value === 'object' && value !== null && value.manifests === undefined && value.manifest_id !== undefined ? { ...value, manifests: [value] } : value);
  return parsed.success && (parsed.data.manifests != null || parsed.data.manifest_requests != null)
    ? { ok: true, value: { read: parsed.data, raw: answer.value } }
    : refused('unparseable', 'ShipEngine answered with something that is no manifest.');
}
