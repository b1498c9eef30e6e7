import { startParcelSandbox } from '../../support/parcel-sandbox.js';

/** What the simulated carrier took to answer, by reference of what was booked: a carrier that is called by nobody else. */
export interface CarrierTimes {
  /** Milliseconds of all answers to one booking together. */
  [reference: string]: { ms: number; calls: number };
}

export type ToCarrier = { ask: 'times' };

const times: CarrierTimes = {};
const sandbox = await startParcelSandbox({
  seed: 7,
  answered({ reference, ms }) {
    const known = (times[reference] ??= { ms: 0, calls: 0 });
    known.ms += ms;
    known.calls++;
  },
});
// Realistic: labels are printed elsewhere before they are answered, files lie ready.
Object.assign(sandbox.faults, { slowMs: 400, slowUpToMs: 1_500, untracked: true });
process.on('message', () => process.send!(times));
process.on('disconnect', () => process.exit());
process.send!({ url: sandbox.url });
