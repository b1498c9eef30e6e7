import { odooChangeTopics } from '../../model/commands.js';
import { milestoneCodes } from '../../model/milestones.js';
import { billingStages, type WriteBackPolicy } from '../../model/write-back.js';
import type { Access } from '../contract.js';
import { namesIn, type OdooSettings } from './settings.js';

/** Unless set otherwise. */
const shortageMinutes = 15;

/** What goes back to this Odoo: nothing as long as it cannot be called. */
export function writeBackPolicy(settings: OdooSettings, secrets: Access<OdooSettings>['secrets']): WriteBackPolicy | null {
  if (!settings.url || !settings.database || !secrets['apiKey']?.length) return null;
  const chosen = <T extends string>(text: string | undefined, all: readonly T[]) => (text === undefined ? all : all.filter((each) => namesIn(text).includes(each)));
  const topics = chosen(settings.writeBack, odooChangeTopics);
  if (topics.length === 0) return null;
  return {
    topics,
    milestones: settings.writeBackMilestones === undefined ? null : chosen(settings.writeBackMilestones, milestoneCodes),
    stages: chosen(settings.billingStages, billingStages),
    severity: settings.writeBackSeverity ?? 'MEDIUM',
    validate: settings.validateAt ?? 'never',
    shortage: settings.onShortage ?? 'backorder',
    shortageMinutes: settings.shortageMinutes ?? shortageMinutes,
    scheduled: settings.scheduleByAppointment ?? 'both',
  };
}
