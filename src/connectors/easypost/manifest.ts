import { z } from 'zod';
import type { Held, Manifest, ManifestWish } from '../kit/booking/carrier.js';
import { refused, type CarrierOutcome } from '../kit/booking/errors.js';
import type { CarrierApi } from '../kit/booking/api.js';
import { readShipment } from './shipments.js';

const text = z.string().nullish().catch(null);
const scanForm = z.looseObject({ id: z.string().min(1).max(120), status: text, message: text, form_url: text, tracking_codes: z.array(z.string()).nullish().catch(null) });
type ScanForm = z.infer<typeof scanForm>;

/**
 * A scan form: one sheet by which the driver takes all parcels in. A shipment is on one form at most; one that is on a
 * form already tells which, so that an answer that was lost is found again.
 */
export async function manifest(api: CarrierApi, { input, known, isRepeated }: ManifestWish): Promise<CarrierOutcome<Manifest>> {
  const found = known !== null ? await read(api, known) : await create(api, input.parts.map((part) => part.externalId), isRepeated);
  if (!found.ok) return found;
  const { id, raw, read: { status, message, form_url: url } } = found.value;
  return {
    ok: true,
    value: {
      id, raw, state: status === 'failed' ? 'FAILED' : url == null ? 'WAITING' : 'READY', ...(message == null ? {} : { message }),
      async sheets() {
        const content = await api.file(url!);
        return content.ok ? { ok: true, value: [content.value] } : content;
      },
    },
  };
}

async function create(api: CarrierApi, shipments: readonly string[], isRepeated: boolean): Promise<CarrierOutcome<Held<ScanForm>>> {
  if (isRepeated) {
    const earlier = await formOf(api, shipments[0]!);
    if (!earlier.ok || earlier.value !== null) return earlier as CarrierOutcome<Held<ScanForm>>;
  }
  const made = readForm(await api.post('/v2/scan_forms', { scan_form: { shipments: shipments.map((id) => ({ id })) } }));
  if (made.ok) return made;
  const after = await formOf(api, shipments[0]!);
  return after.ok && after.value !== null ? { ok: true, value: after.value } : made;
}

/** The form on which a shipment stands; null where it is on none. */
async function formOf(api: CarrierApi, shipment: string): Promise<CarrierOutcome<Held<ScanForm> | null>> {
  const found = readShipment(await api.get(`/v2/shipments/${encodeURIComponent(shipment)}`));
  if (!found.ok) return found;
  const id = found.value.read.scan_form?.id;
  return id == null ? { ok: true, value: null } : read(api, id);
}

async function read(api: CarrierApi, id: string): Promise<CarrierOutcome<Held<ScanForm>>> {
  return readForm(await api.get(`/v2/scan_forms/${encodeURIComponent(id)}`));
}

function readForm(answer: CarrierOutcome<unknown>): CarrierOutcome<Held<ScanForm>> {
  if (!answer.ok) return answer;
  const parsed = scanForm.safeParse(answer.value);
  return parsed.success ? { ok: true, value: { id: parsed.data.id, read: parsed.data, raw: answer.value } } : refused('unparseable', 'EasyPost answered with something that is no scan form.');
}
