import { z } from 'zod';
import { callableUrl, webhookSecret } from '../kit/settings.js';
import { standardWebhookKey } from '../kit/signatures.js';
import { odooChangeTopics } from '../../model/commands.js';
import { milestoneCodes, severities } from '../../model/milestones.js';
import { billingStages } from '../../model/write-back.js';
import { scheduledTransfers } from '../../model/yard/at-odoo.js';
import { companies } from './companies.js';

/** Words of a list, as text: `dispatch, pod`. */
function listOf(words: readonly string[]) {
  return z.string().max(2000).refine((text) => namesIn(text).every((name) => words.includes(name)), `must be some of ${words.slice(0, 20).join(', ')}, with commas between`);
}

/** What a list names. */
export function namesIn(text: string): string[] {
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}

/** Without `url` and `apiKey` a connection only receives what the addon sends. */
export const settings = z.object({
  webhookSecret: webhookSecret.refine((secret) => !secret.startsWith('whsec_') || standardWebhookKey(secret).length >= 16, 'whsec_ must be followed by 16 bytes or more in base64; openssl rand -base64 32 makes them'),
  url: callableUrl.meta({ title: 'Address of Odoo', description: 'Where Odoo answers; needed to synchronise.' }).optional(),
  database: z.string().min(1).max(200).meta({ title: 'Database', description: 'Name of the database in Odoo.' }).optional(),
  login: z.string().min(1).max(200).meta({ title: 'Login', description: 'Of the user whose key it is; needed by Odoo 18 and earlier.' }).optional(),
  companies: companies.optional(),
  writeBack: listOf([...odooChangeTopics, 'none']).meta({ title: 'Write back', description: `What of a shipment is to stand on its transfer in Odoo; unless said otherwise all of it, as soon as there are an address and a key: ${odooChangeTopics.join(', ')}; none: nothing.` }).optional(),
  writeBackMilestones: listOf(milestoneCodes).meta({ title: 'Milestones written back', description: 'Their codes, e.g. PICKED_UP, DELIVERED; all unless given.' }).optional(),
  writeBackSeverity: z.enum(severities).meta({ title: 'Exceptions written back', description: 'Those of at least this severity become activities; MEDIUM unless given.' }).optional(),
  billingStages: listOf(billingStages).meta({ title: 'Billing stages', description: 'At which of dispatch, delivery, pod Odoo may release what waits to be billed; all unless given. Which of them a customer waits for is set in Odoo.' }).optional(),
  validateAt: z.enum(['never', 'dispatch', 'confirmation']).meta({ title: 'Validate transfers', description: 'dispatch: a delivery is validated in Odoo when the carrier has it. confirmation: deliveries and receipts are, with lots and quantities, when their warehouse has confirmed them. never unless given.' }).optional(),
  onShortage: z.enum(['backorder', 'cancel', 'review']).meta({ title: 'Shortages', description: 'What becomes of a transfer of which a warehouse confirmed less than was asked for. backorder: the rest stays behind. cancel: the rest is called off. review: nothing is changed until somebody resolves the exception. backorder unless given.' }).optional(),
  shortageMinutes: z.coerce.number('must be a number of minutes').min(0).max(10_000).meta({ title: 'Shortages after minutes', description: 'So long another confirmation may be on its way before what is missing counts as missing; 15 unless given.' }).optional(),
  scheduleByAppointment: z.enum(scheduledTransfers).meta({ title: 'Planned by appointments', description: 'Which transfers are planned for the time of their appointment at a dock: their scheduled date in Odoo follows it, never their deadline. both unless given.' }).optional(),
  apiKey: z.string().min(8).max(200).meta({ secret: true, title: 'API key', description: 'Of a user in the group Gatehouse: Synchronisation, who belongs to the companies concerned.' }).optional(),
});

export type OdooSettings = z.infer<typeof settings>;
