import { uuidOfName } from '../../lib/ids.js';
import type { CarrierApi } from '../kit/booking/api.js';
import type { Held, Manifest, ManifestWish } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import type { Json } from '../../lib/json.js';
import { fileAt } from './labels.js';
import { file, list, manifestObject, type KarrioManifest } from './payloads.js';
import { pathOf, readShipment } from './shipments.js';

/** Latest manifests among which one is looked for whose answer was lost. */
const searched = 100;

/** One manifest of these shipments, which are of one carrier. It carries a reference made of them, by which it is found after an answer that was lost. */
export async function manifest(api: CarrierApi, { input, known, isRepeated }: ManifestWish, base: string): Promise<CarrierOutcome<Manifest>> {
  const shipments = input.parts.map((part) => part.externalId);
  const found = known !== null ? read(await api.get(`/v1/manifests/${encodeURIComponent(known)}`)) : await create(api, shipments, isRepeated);
  if (!found.ok) return found;
  const { id, raw, read: { manifest_url: url } } = found.value;
  return {
    ok: true,
    value: {
      id, raw, state: url == null || url === '' ? 'FAILED' : 'READY', message: 'the carrier gave no sheet',
      async sheets() {
        const answer = await api.post(`/v1/manifests/${encodeURIComponent(id)}/document`, {});
        const parsed = answer.ok ? file.safeParse(answer.value) : null;
        if (parsed?.success === true) return { ok: true, value: [Buffer.from(parsed.data.base64, 'base64')] };
        if (answer.ok || answer.error.kind !== 'invalid') return answer.ok ? refused('unparseable', 'Karrio answered with something that is no manifest.') : answer;
        const content = await fileAt(api, url!, base);
        return content.ok ? { ok: true, value: [content.value] } : content;
      },
    },
  };
}

async function create(api: CarrierApi, shipments: readonly string[], isRepeated: boolean): Promise<CarrierOutcome<Held<KarrioManifest>>> {
  const reference = uuidOfName(`manifest/${[...shipments].sort().join('/')}`);
  if (isRepeated) {
    const before = await withReference(api, reference);
    if (!before.ok || before.value !== null) return before as CarrierOutcome<Held<KarrioManifest>>;
  }
  const first = readShipment(await api.get(pathOf(shipments[0]!)));
  if (!first.ok) return first;
  const { carrier_name: carrier, shipper } = first.value.read;
  if (carrier == null || shipper == null) return refused('unparseable', 'Karrio does not say from where, and with which carrier, a shipment goes out.');
  const made = read(await api.post('/v1/manifests', { carrier_name: carrier, shipment_ids: [...shipments], reference, address: withoutIds(shipper) }));
  if (made.ok) return made;
  const after = await withReference(api, reference);
  return after.ok && after.value !== null ? { ok: true, value: after.value } : made;
}

/** An address as it may be sent again. */
function withoutIds({ id: _, object_type: __, validation: ___, ...address }: Record<string, unknown>): Json {
  return address as { [name: string]: Json };
}

async function withReference(api: CarrierApi, reference: string): Promise<CarrierOutcome<Held<KarrioManifest> | null>> {
  const answer = await api.get(`/v1/manifests?limit=${searched}`);
  if (!answer.ok) return answer;
  const parsed = list.safeParse(answer.value);
  if (!parsed.success) return refused('unparseable', 'Karrio answered with something that is no list of manifests.');
  const found = parsed.data.results.map((raw) => ({ raw, read: manifestObject.safeParse(raw).data })).find(({ read: of }) => of?.reference === reference);
  return { ok: true, value: found?.read === undefined ? null : { id: found.read.id, read: found.read, raw: found.raw } };
}

function read(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<KarrioManifest>> {
  if (!answer.ok) return answer;
  const parsed = manifestObject.safeParse(answer.value);
  return parsed.success ? { ok: true, value: { id: parsed.data.id, read: parsed.data, raw: answer.value } } : refused('unparseable', 'Karrio answered with something that is no manifest.');
}
