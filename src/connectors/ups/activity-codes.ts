import { tableOf, type Mapped } from '../kit/table.js';

/**
 * Codes of activities of type D, by UPS's published list of delivery codes: where it was left, and why it was not. A parcel
 * that lies in a locker or at an access point is not with its receiver yet. FS and KB (delivered), OT, OF and OD are in no list
 * of this type, but in UPS's own examples and in what it sends.
 */
export const deliveryCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'DELIVERED' }, 'FS KB KM 2W 3F 3G 3H 9E 8O A0 AI OO M1 M2 M3 M4 M5 M6 M7 M8 M9 MA MB MC MD ME MG MH MJ MK ML MM MN MP MQ MR MS MU MW MX NL NT OZ P5 PF UC YC ZE ZF ZG ZH ZI'],
  [{ code: 'RETURNED' }, 'B0'],
  [{ code: 'AVAILABLE_FOR_COLLECTION' }, '1N 2Q EP ZQ'],
  [{ code: 'OUT_FOR_DELIVERY' }, 'OT OF OD 2K 7K FB'],
  [{ code: 'ARRIVED_FACILITY' }, '2D F0 85'],
  [{ code: 'DEPARTED_FACILITY' }, '2J F3'],
  [{ code: 'HANDED_OVER' }, 'F7 86 YH VS'],
  [{ code: 'PARTIALLY_DELIVERED' }, 'KU'],
  [{ code: 'CUSTOMS_HOLD' }, '70 B2 DK ET L4 RQ SG ST SB SE'],
  [{ code: 'CUSTOMS_CLEARED' }, '83 BN EZ'],
  [{ code: 'DELIVERY_ATTEMPTED' }, 'CI DO FO DI'],
  [{ code: 'EXCEPTION', exceptionClass: 'CONSIGNEE' }, '5F'],
  [{ code: 'REFUSED' }, '53'],
  [{ code: 'DAMAGED' }, '28'],
  [{ code: 'EXCEPTION', exceptionClass: 'LOSS' }, 'GK'],
  [{ code: 'EXCEPTION', exceptionClass: 'ADDRESS' }, '50 BO BS FC CU DZ MV 74 F2 7B NS NX OE'],
  [{ code: 'EXCEPTION', exceptionClass: 'SHIPPER' }, '61 62 BL BM RN LM CO'],
  [{ code: 'DELAYED', exceptionClass: 'WEATHER' }, 'CR EJ'],
  [{ code: 'DELAYED' }, '0 9 12 57 EA FZ 32 41 42 44 CB EF EG EI EK EL EM'],
  [{ code: 'INFO' }, '1Z 2C 38 4X FV 7A 8N 8Q AU BI EB EC EE EQ F1 FD FI GW HI L6 MY TW UJ 98'],
]);

/** Codes of activities of type I, by UPS's published list of movement scans. OD is loaded on a vehicle, perhaps for another day. */
export const movementCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'INFO_RECEIVED' }, 'OC PL'],
  [{ code: 'PICKED_UP' }, 'OR PU PC PT XD'],
  [{ code: 'IN_TRANSIT' }, 'AG AT EP IP DL OD YP YM YN LC LM'],
  [{ code: 'ARRIVED_FACILITY' }, 'AR DS HU UL WH'],
  [{ code: 'DEPARTED_FACILITY' }, 'DP'],
  [{ code: 'HANDED_OVER' }, 'XA XR YH'],
  [{ code: 'OUT_FOR_DELIVERY' }, 'OT OF YF YI'],
  [{ code: 'INFO' }, 'CA CD CL SP UA UD VP'],
]);

/** Codes of activities of types M and MV. */
export const manifestCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'INFO_RECEIVED' }, 'DP MP RD'],
  [{ code: 'CANCELLED' }, 'VP'],
]);

/** Codes of activities of type U: of Track Alert alone. */
export const updateCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'POD_AVAILABLE' }, 'PX'],
  [{ code: 'ETA_UPDATED' }, 'UP UT'],
]);

/**
 * UPS's codes of status descriptions (`statusCode` of tracking, `descriptionCode` of Track Alert), which say in simple words
 * what the code of the activity says exactly. They count where the latter is in no list, or says no more than the type.
 */
export const descriptionCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'INFO_RECEIVED' }, '3 79 80 157 166'],
  [{ code: 'CANCELLED' }, '7'],
  [{ code: 'PICKED_UP' }, '38 160 167 168 169'],
  [{ code: 'IN_TRANSIT' }, '5 10 25 39 44 45 47 57 71 72 73 87 158 159 164 165 12 92 138'],
  [{ code: 'ARRIVED_FACILITY' }, '16'],
  [{ code: 'HANDED_OVER' }, '74 137 143'],
  [{ code: 'CUSTOMS_CLEARED' }, '14 84 134'],
  [{ code: 'CUSTOMS_HOLD' }, '58 123 124 125 126'],
  [{ code: 'OUT_FOR_DELIVERY' }, '6 21 37 78 89 91 146 162'],
  [{ code: 'AVAILABLE_FOR_COLLECTION' }, '17 40 144 161'],
  [{ code: 'DELIVERED' }, '11 26 156'],
  [{ code: 'DELIVERY_ATTEMPTED' }, '22 23 24 60 61 62 66 145 69'],
  [{ code: 'REFUSED' }, '64'],
  [{ code: 'RETURNING' }, '35 36 67'],
  [{ code: 'RETURNED' }, '34'],
  [{ code: 'DAMAGED' }, '59 81'],
  [{ code: 'LOST' }, '149'],
  [{ code: 'EXCEPTION', exceptionClass: 'LOSS' }, '68'],
  [{ code: 'EXCEPTION', exceptionClass: 'ADDRESS' }, '50 139'],
  [{ code: 'EXCEPTION', exceptionClass: 'SHIPPER' }, '65 131 135'],
  [{ code: 'EXCEPTION', exceptionClass: 'SECURITY' }, '147'],
  [{ code: 'EXCEPTION', exceptionClass: 'CONSIGNEE' }, '85'],
  [{ code: 'EXCEPTION' }, '13 29 30 76 83'],
  [{ code: 'DELAYED', exceptionClass: 'WEATHER' }, '32 51 52 53'],
  [{ code: 'DELAYED', exceptionClass: 'SECURITY' }, '132'],
  [{ code: 'DELAYED' }, '46 48 49 86 90 55'],
  [{ code: 'ETA_UPDATED' }, '153 154'],
  [{ code: 'POD_AVAILABLE' }, '155'],
  [{ code: 'INFO' },
    '0 18 19 20 27 28 33 41 42 43 54 56 63 70 75 77 82 88 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120 121 122 127 128 129 130 133 136 ' +
      '140 141 142 148 163'],
]);
