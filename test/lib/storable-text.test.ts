import { expect, it } from 'vitest';
import { titleText } from '../../src/lib/storable-text.js';
import { mattersOf, type MatterShipment } from '../../src/model/matters.js';

it('a title of bounded length ends where it is cut, never within a character', () => {
  expect(titleText('short')).toBe('short');
  const cut = titleText('\u{1F69A}'.repeat(300));
  expect([cut.length <= 200, cut.endsWith('…'), cut.isWellFormed()]).toEqual([true, true, true]);
  expect(titleText('a\0b')).toBe('a\ufffdb');
});

it('a shipment with a name of absurd length has a title that people can read', () => {
  const shipment = { id: '1', status: 'UNKNOWN', provisional: true, reference: 'X'.repeat(100_000), conflict: null, release: null } as unknown as MatterShipment;
  const [matter] = mattersOf(shipment, [], []);
  expect([matter!.kind, matter!.title.length, matter!.detail.length]).toEqual(['UNMATCHED', 200, 2_000]);
});
