import { parcelApiKey } from '../../../src/sandbox/parcel/server.js';
import { startParcelSandbox } from '../parcel-sandbox.js';
import type { SimulatedCarrier } from './simulated.js';

/** EasyPost as the sandbox simulates it: a shipment is bought once, whoever asks how often. */
export async function start({ seed = 1 }: { seed?: number } = {}): Promise<SimulatedCarrier> {
  const sandbox = await startParcelSandbox({ seed });
  sandbox.faults.untracked = true;
  const bought = () => sandbox.bought().map(({ id, reference, trackingCode, refund }) => ({ id, reference, trackingNumber: trackingCode, cancelled: refund !== null }));
  return {
    url: sandbox.url, faults: sandbox.faults, bought, cancelled: () => bought().filter((each) => each.cancelled),
    connection: { settings: { url: sandbox.url }, secrets: { webhookSecret: 'whsec_test', apiKey: parcelApiKey } },
    change: (faults) => void Object.assign(sandbox.faults, faults),
    close: () => sandbox.stop(),
  };
}
