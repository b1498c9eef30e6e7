import { expect, it } from 'vitest';
import { z } from 'zod';
import { settingsHelp } from '../../src/cli/program/connector-settings.js';
import { connectors, settingsSchema } from '../../src/connectors/registry.js';

it.each([...connectors.values()].map((connector) => [connector.id, connector] as const))('the help of %s names each of its settings, those that are needed first, and says which are secret', (id, connector) => {
  const { properties = {}, required = [] } = z.toJSONSchema(settingsSchema(connector), { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, { secret?: boolean; title?: string }>; required?: string[] };
  const lines = settingsHelp(id).split('\n').filter((line) => line.startsWith('  '));
  const named = lines.map((line) => line.trim().split(/\s/)[0]!);
  expect([...named].sort()).toEqual(Object.keys(properties).sort());
  expect(named.slice(0, required.length).sort()).toEqual([...required].sort());
  for (const [name, { secret, title }] of Object.entries(properties)) {
    const line = lines[named.indexOf(name)]!;
    expect([name, /\[(needed, )?secret/.test(line), title === undefined || line.includes(title)]).toEqual([name, secret === true, true]);
  }
});

it('there is nothing to say of a connector that does not exist', () => {
  expect([settingsHelp('nobody'), settingsHelp(undefined), settingsHelp('constructor')]).toEqual(['', '', '']);
});
