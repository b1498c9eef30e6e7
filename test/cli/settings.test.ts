import { expect, it } from 'vitest';
import { splitSettings } from '../../src/cli/commands/connection.js';
import { connectorOf, connectors } from '../../src/connectors/registry.js';

const split = (connector: string, ...pairs: string[]) => splitSettings(connectorOf(connector)!, pairs);

it.each([...connectors.keys()])('a setting that %s does not have is refused, and those that it has are named', (connector) => {
  expect(() => split(connector, 'webhookSecret=long enough', 'webhookSecrett=x', 'colour=red')).toThrow(/webhookSecrett, colour: there is no such setting. Settings: webhookSecret,.*messagesPerMinute/);
});

it.each([...connectors.keys()])('a secret of %s has six characters at least', (connector) => {
  expect(() => split(connector, 'webhookSecret=short')).toThrow(/webhookSecret: a secret has 6 characters at least/);
  expect(split(connector, 'webhookSecret=sécret').secrets).toEqual({ webhookSecret: 'sécret' });
});

it('a setting that is given twice is refused', () => {
  expect(() => split('x12', 'zone=UTC', 'zone=Europe/Berlin')).toThrow('zone: given twice.');
});

it.each(['0', '-1', '1.5', 'fast', '', '1e12'])('"%s" is no rate of messages', (rate) => {
  expect(() => split('x12', `messagesPerMinute=${rate}`)).toThrow(/^messagesPerMinute: /);
});

it('secrets go apart from the other settings, and a rate becomes a number', () => {
  expect(split('x12', 'webhookSecret=long=enough', 'zone=UTC', 'messagesPerMinute=600')).toEqual({ settings: { zone: 'UTC', messagesPerMinute: 600 }, secrets: { webhookSecret: 'long=enough' } });
});
