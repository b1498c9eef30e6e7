import { rowOf } from '../kit/table.js';

/** UPS's names of its services by code. What a code means depends on the place of origin; these are the names of most. */
const names: Readonly<Record<string, string>> = {
  '01': 'UPS Next Day Air', '02': 'UPS 2nd Day Air', '03': 'UPS Ground', '07': 'UPS Worldwide Express', '08': 'UPS Worldwide Expedited', '11': 'UPS Standard', '12': 'UPS 3 Day Select',
  '13': 'UPS Next Day Air Saver', '14': 'UPS Next Day Air Early', '17': 'UPS Worldwide Economy DDU', '54': 'UPS Worldwide Express Plus', '59': 'UPS 2nd Day Air A.M.', '65': 'UPS Worldwide Saver',
  '70': 'UPS Access Point Economy', '71': 'UPS Worldwide Express Freight Midday', '72': 'UPS Worldwide Economy DDP', '74': 'UPS Express 12:00', '75': 'UPS Heavy Goods', '82': 'UPS Today Standard', '83': 'UPS Today Dedicated Courier',
  '84': 'UPS Today Intercity', '85': 'UPS Today Express', '86': 'UPS Today Express Saver', '92': 'UPS Ground Saver (under 1 lb)', '93': 'UPS Ground Saver', '94': 'UPS SurePost BPM', '95': 'UPS SurePost Media', '96': 'UPS Worldwide Express Freight',
  M2: 'UPS First Class Mail', M3: 'UPS Priority Mail', M4: 'UPS Expedited Mail Innovations', M5: 'UPS Priority Mail Innovations', M6: 'UPS Economy Mail Innovations', M7: 'UPS Mail Innovations Returns',
};

/** The name of a service for people; its code where it has none. */
export function serviceName(code: string): string {
  return rowOf(names, code) ?? `UPS ${code}`;
}
