import { describe, expect, it, vi } from 'vitest';
import { createLog } from '../../src/lib/log.js';
import { Numbers } from '../../src/sandbox/numbers.js';
import { planJourney } from '../../src/sandbox/parcel/journeys.js';
import { Random } from '../../src/sandbox/random.js';
import { startSandbox } from '../../src/sandbox/main.js';
import { Receiver } from './receiver.js';

const log = createLog('silent');

describe('stopping the sandbox', () => {
  it('sends nothing more, answers nothing more and leaves no handle of its own', async () => {
    const servers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;
    const before = servers();
    const receiver = new Receiver();
    const sandbox = await startSandbox({ target: await receiver.listen(), odooSecret: 'a', parcelSecret: 'b', log, pace: 50, seed: 1 });
    await receiver.until('messages', () => receiver.received.length > 20);
    expect(servers()).toBe(before + 3);
    await sandbox.stop();
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // what was on its way when it stopped
    const count = receiver.received.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received.length).toBe(count);
    await expect(fetch(`${sandbox.odooUrl}/jsonrpc`, { method: 'POST' })).rejects.toThrow();
    await expect(fetch(`${sandbox.parcelUrl}/v2/trackers/x`)).rejects.toThrow();
    await receiver.close();
    // Node lets go of a closed server's handle some turns of the event loop later.
    await vi.waitFor(() => expect(servers()).toBe(before), { timeout: 60_000 });
  });

  it('ends at once while Gatehouse does not answer', async () => {
    const receiver = new Receiver();
    const target = await receiver.listen();
    await receiver.close();
    const sandbox = await startSandbox({ target, odooSecret: 'a', parcelSecret: 'b', log, pace: 20, seed: 1 });
    const started = Date.now();
    await sandbox.stop();
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('may be called twice', async () => {
    const receiver = new Receiver();
    const sandbox = await startSandbox({ target: await receiver.listen(), odooSecret: 'a', parcelSecret: 'b', log, seed: 1 });
    await sandbox.stop();
    await expect(sandbox.stop()).resolves.toBeUndefined();
    await receiver.close();
  });
});

describe('numbers of a run', () => {
  it('are none of those of a run that began a minute earlier', () => {
    const now = Date.now();
    const [first, second] = [new Numbers(now - 60_000), new Numbers(now)];
    const draw = (numbers: Numbers, next: () => string | number) => Array.from({ length: 100 }, () => next.call(numbers));
    for (const next of [Numbers.prototype.nextOrder, Numbers.prototype.nextVersion, Numbers.prototype.nextHex, Numbers.prototype.nextUuid]) {
      const both = [...draw(first, next), ...draw(second, next)];
      expect(new Set(both).size).toBe(both.length);
    }
  });

  it('rise in version over a restart and fit the 32 bits of Odoo’s ids', () => {
    const now = Date.now();
    const [first, second] = [new Numbers(now - 60_000), new Numbers(now)];
    const last = Array.from({ length: 1000 }, () => first.nextVersion()).at(-1)!;
    expect(second.nextVersion()).toBeGreaterThan(last);
    expect(new Numbers(Date.UTC(2030, 0, 1)).nextOrder() * 4).toBeLessThan(2 ** 31);
  });
});

describe('journeys', () => {
  const abroad = { city: 'Augsburg', state: null, country: 'DE', zip: '86153' };
  const home = { city: 'Tampa', state: 'FL', country: 'US', zip: '33602' };

  it('are the same for the same seed and differ between seeds', () => {
    const draw = (seed: number) => JSON.stringify(planJourney('FedEx', abroad, new Random(seed)));
    expect(draw(5)).toBe(draw(5));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => draw(seed))).size).toBeGreaterThan(1);
  });

  it('end with a delivery mostly, sometimes with a return, and never continue after it', () => {
    const ends = Array.from({ length: 500 }, (_, seed) => planJourney('UPS', home, new Random(seed)).scans);
    const delivered = ends.filter((scans) => scans.at(-1)!.kind === 'delivered');
    expect(delivered.length).toBeGreaterThan(400);
    expect(ends.some((scans) => scans.at(-1)!.kind === 'returning')).toBe(true);
    for (const scans of ends) expect(scans.slice(0, -1).every((scan) => scan.kind !== 'delivered' && scan.kind !== 'lost')).toBe(true);
  });

  it('are held by customs only where they cross a border', () => {
    const kinds = (to: typeof home | typeof abroad) => planJourney('DHLExpress', to, new Random(1), 'customs').scans.map((scan) => scan.kind);
    expect(kinds(abroad)).toContain('customs_hold');
    expect(kinds(home)).not.toContain('customs_hold');
  });
});
