import { tableOf, type Mapped } from '../kit/table.js';

/**
 * Codes of activities of type X, by UPS's published list of package exceptions. What only tells of a plan, a wish or an
 * investigation is INFO on purpose: it is no trouble and moves nothing. That a claim is worked on or goods are looked for
 * is EXCEPTION, not LOST, which is final. `SR` is in no list, but in UPS's own example of an answer.
 */
export const exceptionCodes: Readonly<Record<string, Mapped>> = tableOf([
  [{ code: 'CUSTOMS_HOLD' },
    '5 1U 2N 2T B4 B8 BW BX CE DE E4 E8 E9 L3 OB R4 R5 RD RE RM RP RZ SF SS VK X2 X3 X7 XJ XK XL XY 29 1W 2B 7U B5 BG BH BJ BK BP DY EU EV EW FE GF GZ OQ R7 RR RS S2 S3 SJ SL SP X6 XA XB 40 71 4T ' +
      '7T AO BA BB BD BE CX DN FF L2 L5 OT R6 RA S1 SN VP X5 X8 XC XG XN XO XV XW XE R1 RJ RU SV T9 YA 43 7P B9 CF CN CP CT CZ D0 ES OI OM RX 1C 7F EY D9 7H Y1 MI X9 TG LV Y4 XS'],
  [{ code: 'CUSTOMS_CLEARED' }, 'DA Z3 SR'],
  [{ code: 'IN_TRANSIT' }, '4C 7M B3 B6 BV C3 D5 DB ER HW S4 S5 SI SY X4 7I TT Y5 Z1 1P 8R SX I8 UI LY W8 TE 77 VZ 1M IP XD YX ZW YG 4J X0 3P'],
  [{ code: 'PICKED_UP' }, 'HF Z5 P4'],
  [{ code: 'ARRIVED_FACILITY' }, 'F0 GD HL PG RB YT HM YR'],
  [{ code: 'DEPARTED_FACILITY' }, 'F3 2O'],
  [{ code: 'HANDED_OVER' }, '4B LX RC F7 ZK VX OA ZV 2V ZN 4H'],
  [{ code: 'OUT_FOR_DELIVERY' }, 'RK RL ZS'],
  [{ code: 'AVAILABLE_FOR_COLLECTION' }, '54 I5 ZP 6B 8I UE E2 5G VB HO'],
  [{ code: 'DELIVERED' }, 'F4 KM FT'],
  [{ code: 'DELIVERY_ATTEMPTED' }, '48 49 51 52 55 AY C4 FM G3 G7 G8 GB KX KZ L1 OH IQ IR YD ZM PI HQ 84 7L 89 2X 5R 6R 6L 5Z'],
  [{ code: 'REFUSED' }, 'AM AN AP AQ AS KI KQ KR KS KT 8H YE'],
  [{ code: 'RETURNING' }, '3N 6C DL KP O4 H8 I1 TU UF 90 CS O0 RV XU 4R 4S YJ YK ZO'],
  [{ code: 'RETURNED' }, 'UA PP'],
  [{ code: 'DAMAGED' }, '13 45 64 65 66 67 A1 A2 A3 A4 HD HE HR TV'],
  [{ code: 'LOST' }, '1F'],
  [{ code: 'EXCEPTION', exceptionClass: 'LOSS' }, '24 25 26 27 AJ F8 UP S9 TJ UO TC 8D BZ NI YL YM'],
  [{ code: 'EXCEPTION', exceptionClass: 'SECURITY' }, 'IY J0'],
  [{ code: 'EXCEPTION', exceptionClass: 'ADDRESS' }, '46 D4 47 95 A5 A6 A7 A8 A9 AA AB AC AD AE AF AG AK AL AV AW CW CY DQ DS DW E1 FA H1 H2 H3 H4 H5 OJ PH TF YF H7 4Z LH'],
  [{ code: 'EXCEPTION', exceptionClass: 'CONSIGNEE' }, 'AX C8 DD BR BQ BT DT S6 VI VJ Y2 Y3 6T 5T'],
  [{ code: 'EXCEPTION', exceptionClass: 'SHIPPER' }, '33 60 73 91 C7 C9 CA CV EX D2 9F DP OR OS H9 HK I2 TX U0 U3 UN UR US 4P YU YV YW G4 G5 KY 5D CH CJ 4Q YS RH 3W'],
  [{ code: 'EXCEPTION' }, '11 99 1A D7 63 BF HN TI TN TK 2E 93'],
  [{ code: 'DELAYED', exceptionClass: 'WEATHER' }, '7V 7W 7X 2A C5 DJ PZ 3D 6D 1E DF'],
  [{ code: 'DELAYED', exceptionClass: 'SECURITY' }, '7R 7S G6 G9'],
  [{ code: 'DELAYED', exceptionClass: 'CAPACITY' }, '1G 1H 1Q'],
  [{ code: 'DELAYED', exceptionClass: 'SHIPPER' }, '8A K2'],
  [{ code: 'DELAYED', exceptionClass: 'CUSTOMS' }, 'XZ'],
  [{ code: 'DELAYED' },
    '1 2 3 4 6 7 8 14 15 16 17 18 19 22 23 31 34 68 72 87 1B 1K 1L 1O 1V 1X 2H 2Y 2Z 3A 3B 3C 3J 3L 3T 4K 4Y 5S 5U 5V 5W 6E 7G 7Y 7Z 8C 8E 8F 8G 8K 8L 8Y 8Z 9L 9M 9N 9O 9P 9Q 9R 9S 9T 9U 9V 9X 9Y ' +
      '9Z AZ B1 C6 CC CD CK CL CM CQ D1 DC DG DR DU E3 ED EH EN FG GC GH GI GV HA HG HH J8 K1 LE LF MT NP NW OD P6 P7 Q0 Q1 RY S8 UK VL YI TH 7N'],
  [{ code: 'INFO' },
    '30 37 39 56 59 76 78 79 92 1D 1T 2G 2R 2S 2U 8M 3Q 3R 3S 3U 3V 3Z 4F 4I 4L 4M 4N 5A 5B 6G 6H 6I 6J 6K 6P 6W 6X 6Z 7C 7D 7E 7Q 9C 9D 9I 9J 9K AH AT CG E0 E7 EO F5 FN FW G1 GN GO GQ GR H6 HJ ' +
      'I3 I9 IB IJ J9 JA JB JC JH JI JJ K5 K6 K7 K8 KN KO L0 L8 R3 R8 S0 SO SU UT LI LN LO LQ LU LZ MF O1 O2 O3 O5 O6 O7 O8 O9 OL RF RG RI RO RW S7 T3 T4 T5 T6 T7 T8 TA TB TL TO TR TS UD UG UL UW UX ' +
      'UZ V9 VA VD VE VF VG VH VM VN VQ VR VU VV VW Y7 Y9 Z7 Z8 ZA ZB ZC ZD ZL ZU ZX ZY ZZ'],
]);
