import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differences, readContract } from '../../src/cli/contracts.js';
import { connectors } from '../../src/connectors/registry.js';
import { packageRoot } from '../../src/lib/package-root.js';

const folder = join(packageRoot, 'test', 'contracts');
const filesOf = (connector: string) => readdirSync(join(folder, connector)).filter((name) => name.endsWith('.json')).map((name) => join(folder, connector, name));

describe.each([...connectors.values()].filter(({ receive }) => receive !== undefined).map(({ id }) => id))('the contract with partners of %s', (id) => {
  it('has messages', () => expect(filesOf(id).length).toBeGreaterThan(0));
  it.each(filesOf(id).map((file) => [readContract(file).says, file]))('holds: %s', (_says, file) => expect(differences(readContract(file), file)).toEqual([]));
});

describe('a contract that does not hold', () => {
  const [file] = filesOf('easypost') as [string];
  const broken = (change: (contract: ReturnType<typeof readContract>) => void) => {
    const contract = readContract(file);
    change(contract);
    return differences(contract, file);
  };

  it('is told by the place that differs', () => {
    expect(broken(({ expected }) => ((expected.facts[0] as { type: string }).type = 'other'))).toEqual([expect.stringMatching(/^facts\[0\]\.type: "other" expected, "/)]);
    expect(broken(({ expected }) => void expected.facts.pop())).toEqual([expect.stringMatching(/^facts: \d+ expected, \d+ found/)]);
    expect(broken(({ request }) => (request.body = 'no JSON'))).toEqual([expect.stringMatching(/^The message cannot be read/)]);
    expect(broken(({ request }) => (request.contentType = 'text/html'))).toEqual([expect.stringContaining('does not take text/html')]);
  });

  it('may not expect what is not sent, nor read files elsewhere', () => {
    expect(broken((contract) => ((contract as { connector: string }).connector = 'nobody'))).toEqual(['There is no connector nobody that receives messages.']);
  });
});
