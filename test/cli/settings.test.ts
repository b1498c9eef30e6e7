import { expect, it } from 'vitest';
import { splitSettings } from '../../src/cli/commands/connection.js';
import { connectorOf, connectors } from '../../src/connectors/registry.js';

const split = (connector: string, ...pairs: string[]) => splitSettings(connectorOf(connector)!, pairs);

it.each([...connectors.keys()])('a setting that %s does not have is refused, and those that it has are named', (connector) => {
  expect(() => split(connector, 'webhookSecret=long enough', 'webhookSecrett=x', 'colour=red')).toThrow(/webhookSecrett, colour: there is no such setting. Settings: webhookSecret,.*messagesPerMinute/);
});

/** Settings without which a connection of a connector is refused. */
const required: Readonly<Record<string, readonly string[]>> = {
  files: ['mapping={"records":"inventory","fields":{"sku":"sku","onHand":"quantity"}}'],
  shopify: ['shop=example.myshopify.com'],
  woocommerce: ['url=https://shop.example.com', 'consumerKey=ck_0123456789', 'consumerSecret=cs_9876543210'],
  amazon: ['region=eu', 'clientId=client-0123', 'clientSecret=secret-0123', 'refreshToken=refresh-0123'],
  'rate-table': ['tariff={"carrier":"ACME","name":"Acme","currency":"EUR","services":[{"code":"STD","label":"Standard"}]}', 'zones=zone,country\nDE,DE', 'prices=service,zone,price\nSTD,DE,5'],
};

/** Connectors whose secret of incoming messages has a form of its own. */
const secretsOfTheirOwn: ReadonlySet<string> = new Set(['shipengine']);

it.each([...connectors.keys()].filter((connector) => !secretsOfTheirOwn.has(connector)))('a secret of %s has six characters at least', (connector) => {
  expect(() => split(connector, 'webhookSecret=short')).toThrow(/webhookSecret: a secret has 6 characters at least/);
  expect(split(connector, ...(required[connector] ?? []), 'webhookSecret=sécret').secrets).toMatchObject({ webhookSecret: 'sécret' });
});

it('the secret of shipengine is its key set', () => {
  expect(() => split('shipengine', 'webhookSecret=long enough')).toThrow(/webhookSecret: must be ShipEngine’s key set/);
});

it('a setting that is missing, and one of an unknown kind, are told of in plain words', () => {
  expect(() => split('files')).toThrow(/^mapping: is missing$/);
  expect(() => split('x12', 'transport={"kind":"pigeon"}')).toThrow(/^transport\.kind: must be one of folder, http, sftp, as2$/);
  expect(() => split('x12', 'transport={"kind":"folder"}')).toThrow(/^transport\.path: is missing$/);
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

it.each([
  ['x12', 'profile={"us":{"qualifier":"ZZ","id":"ME"},"partner":{"qualifier":"02","id":"SCAC"},"acknowledge":["997"]}'],
  ['edifact', 'profile={"us":{"id":"ME"},"partner":{"id":"THEM"},"acknowledge":true}'],
  ['files', `${required.files![0]!}`, 'results=rejected'],
])('settings of %s that have an answer go to the partner and no transport are refused', (connector, ...pairs) => {
  expect(() => split(connector, ...pairs)).toThrow(/^transport: (profile\.acknowledge|results) has something go to the partner, and nothing says how\. Set transport, too/);
  expect(split(connector, ...pairs, 'transport={"kind":"folder","path":"/var/out"}').settings).toMatchObject({ transport: { kind: 'folder' } });
});
