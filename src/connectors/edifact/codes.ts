import { tableOf, type Mapped } from '../kit/table.js';

/**
 * Status events in STS C555 (element 9011, later 4405), category 1, transport: the whole list of UN/CEFACT
 * Recommendation 24, revision 6. Element 4405 itself refers to that list for transport. The list has gaps.
 */
const published = [
  [1, 41], [44, 51], [53, 54], [57, 121], [123, 159], [161, 172], [174, 216], [218, 220], [222, 222], [224, 225], [227, 229], [231, 236], [238, 243], [247, 248], [250, 251], [253, 256],
  [258, 258], [260, 260], [265, 267], [269, 288], [291, 292], [295, 295], [297, 302], [306, 379],
] as const;

const mapped = tableOf([
  [{ code: 'ACCEPTED' }, '6'],
  [{ code: 'CANCELLED' }, '7 324'],
  [{ code: 'INFO_RECEIVED' }, '321 322'],
  [{ code: 'READY_FOR_PICKUP' }, '71 363'],
  [{ code: 'LOADING' }, '132 159 161'],
  [{ code: 'LOADED' }, '48 92 93 94 118 121 372'],
  [{ code: 'PICKED_UP' }, '13 130'],
  [{ code: 'DEPARTED_FACILITY' }, '24 27 35 99 127'],
  [{ code: 'IN_TRANSIT' }, '16 31 79 100 129 355 356 357 368'],
  [{ code: 'ARRIVED_FACILITY' }, '1 40 74 98'],
  [{ code: 'HANDED_OVER' }, '41 349 366'],
  [{ code: 'GATE_IN' }, '364'],
  [{ code: 'GATE_OUT' }, '365'],
  [{ code: 'UNLOADING' }, '135 162 163 164'],
  [{ code: 'UNLOADED' }, '28 29 346 371'],
  [{ code: 'CUSTOMS_HOLD', exceptionClass: 'CUSTOMS' }, '17 116 128 229 232'],
  [{ code: 'CUSTOMS_CLEARED' }, '8 9 12 39'],
  [{ code: 'ETA_UPDATED' }, '361'],
  [{ code: 'DELIVERY_APPOINTMENT' }, '209 242'],
  [{ code: 'OUT_FOR_DELIVERY' }, '113'],
  [{ code: 'AVAILABLE_FOR_COLLECTION' }, '64 112'],
  [{ code: 'DELIVERED' }, '21 22 114'],
  [{ code: 'PARTIALLY_DELIVERED' }, '73'],
  [{ code: 'POD_AVAILABLE' }, '72'],
  [{ code: 'DELIVERY_ATTEMPTED' }, '23 109 110 210 318 348'],
  [{ code: 'DELIVERY_ATTEMPTED', exceptionClass: 'CONSIGNEE' }, '211 269 317 352 353 354'],
  [{ code: 'REFUSED', exceptionClass: 'CONSIGNEE' }, '104 106 207 275 276 277 278 279 280 281 282 283 284 285 286 291 292 295 297 298 299 325'],
  [{ code: 'RETURNING' }, '323'],
  [{ code: 'RETURNED' }, '80 82 313'],
  [{ code: 'RETURNED', exceptionClass: 'DAMAGE' }, '81'],
  [{ code: 'DAMAGED', exceptionClass: 'DAMAGE' }, '3 18 120 218 307 308 331'],
  [{ code: 'LOST' }, '49'],
  [{ code: 'EXCEPTION', exceptionClass: 'LOSS' }, '36 66 117 119 231 287 329 330'],
  [{ code: 'EXCEPTION', exceptionClass: 'DAMAGE' }, '30 309 327'],
  [{ code: 'EXCEPTION', exceptionClass: 'SECURITY' }, '335 336 337'],
  [{ code: 'EXCEPTION', exceptionClass: 'ADDRESS' }, '205 213 220 234 274 340'],
  [{ code: 'EXCEPTION', exceptionClass: 'SHIPPER' }, '53 63 247 319 338'],
  [{ code: 'EXCEPTION', exceptionClass: 'CARRIER' }, '85 86 87 222 302 315 320 342'],
  [{ code: 'EXCEPTION', exceptionClass: 'DATA' }, '115 241 301 343'],
  [{ code: 'EXCEPTION' }, '107 108'],
  [{ code: 'DELAYED' }, '20 25 90 101 105 212 219 254 270 273 314 339 344'],
  [{ code: 'DELAYED', exceptionClass: 'WEATHER' }, '182 266 345'],
  [{ code: 'DELAYED', exceptionClass: 'CONSIGNEE' }, '215 216 271'],
  [{ code: 'DELAYED', exceptionClass: 'SHIPPER' }, '197 272'],
  [{ code: 'DELAYED', exceptionClass: 'CARRIER' }, '224 227 235 238 239 240 341'],
  [{ code: 'DELAYED', exceptionClass: 'CAPACITY' }, '57'],
]);

/** What the others say concerns means of transport, equipment, papers and ships at work, or has no counterpart. */
const information: Mapped = { code: 'INFO' };

export const statusCodes: Readonly<Record<string, Mapped>> = {
  ...Object.fromEntries(published.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => [String(from + index), information]))),
  ...mapped,
};

/** Element 9015: what the status is of. Only transport has the codes above; what another category says is information. */
export const transportCategory = '1';

/** The status event of a milestone, where we report it. */
export const statusOf: Readonly<Record<string, string>> = {
  ACCEPTED: '6', CANCELLED: '7', INFO_RECEIVED: '321', READY_FOR_PICKUP: '71', LOADING: '132', LOADED: '48', PICKED_UP: '13', DEPARTED_FACILITY: '24', IN_TRANSIT: '31', ARRIVED_FACILITY: '1', HANDED_OVER: '349', GATE_IN: '364',
  GATE_OUT: '365', UNLOADING: '135', UNLOADED: '29', CUSTOMS_HOLD: '128', CUSTOMS_CLEARED: '12', ETA_UPDATED: '361', DELIVERY_APPOINTMENT: '209', OUT_FOR_DELIVERY: '113', AVAILABLE_FOR_COLLECTION: '64', DELIVERED: '21',
  PARTIALLY_DELIVERED: '73', POD_AVAILABLE: '72', DELIVERY_ATTEMPTED: '210', REFUSED: '106', RETURNING: '323', RETURNED: '82', DAMAGED: '218', LOST: '49', DELAYED: '101',
};
