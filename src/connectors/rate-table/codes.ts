import { milestoneCodes } from '../../model/milestones.js';
import type { Mapped } from '../kit/table.js';

/** A carrier that reports by itself says our own words; any other a partner's table maps (`gatehouse mapping`). */
export const statusCodes: Readonly<Record<string, Mapped>> = Object.fromEntries(milestoneCodes.map((code) => [code, { code }]));
