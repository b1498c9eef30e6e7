import { z } from 'zod';
import { sha256 } from '../../lib/ids.js';
import type { Json } from '../../lib/json.js';
import type { CommandKind, OdooChange } from '../../model/commands.js';
import { laneOf } from '../../model/write-back.js';
import type { Access, ConnectorError, Outcome, OutboundCommand, Perform, Performed } from '../contract.js';
import { failure } from '../kit/http.js';
import { OdooApi, type OdooDialect } from './api.js';
import { Batches, callsBefore } from './batches.js';
import { companyCodes } from './companies.js';
import type { OdooSettings } from './settings.js';

/** Model of the addon that carries commands out. */
const commandModel = 'gatehouse.command';
/** A call is one transaction in Odoo: of so many that one conflict with a user costs little. */
const limits = { items: 50, bytes: 8 * 1024 * 1024 };
/** How long an Odoo is taken to speak as it did, ms. */
const dialectMs = 10 * 60_000;
const maxDialects = 200;

interface Sent {
  id: string;
  topic: string;
  model: string;
  record_id: number;
  values: Record<string, unknown>;
}

const answersSchema = z.array(z.looseObject({ id: z.string(), state: z.enum(['applied', 'duplicate', 'rejected']), error: z.string().nullish() }));
type OneAnswer = z.infer<typeof answersSchema>[number];

/**
 * Carrying out `odoo.apply` through the addon's `apply_commands`, which knows every command by its id: a call
 * whose answer was lost is made again and changes nothing a second time. Commands that wait at the same time
 * go in one call, those that move freight apart from those that report.
 */
export function odooPerform(): Perform<OdooSettings> {
  const batches = new Batches<Sent, Performed>(limits);
  const dialects = new Map<string, { dialect: OdooDialect; untilMs: number }>();
  return {
    commands: ['odoo.apply'],
    callsBefore,
    async perform<K extends CommandKind>(access: Access<OdooSettings>, given: OutboundCommand<K>): Promise<Outcome<Performed>> {
      const { settings, secrets, allowedNetworks } = access;
      const apiKey = secrets['apiKey']?.[0];
      if (settings.url === undefined || settings.database === undefined || apiKey === undefined) return failure('auth', 'Set url, database and apiKey, so that Odoo can be written to.', '');
      const { url, database, login } = settings;
      const { topic, model, recordId, values: told } = given.input as OdooChange;
      const values = topic === 'shop_order' ? inCompany(told, settings) : told;
      const speaker = sha256(JSON.stringify([url, database, login ?? null, apiKey]));
      const line = topic === 'shop_order' ? topic : laneOf(topic);
      return batches.add(`${speaker} ${line}`, { id: given.id, topic, model, record_id: recordId, values }, topic === 'shop_order' ? workOf(values) : sizeOf(values), given.timeoutMs, async (commands, timeoutMs) => {
        const kept = dialects.get(speaker);
        const known = kept !== undefined && kept.untilMs > Date.now() ? kept : undefined;
        // The engine that performs commands is who tries again.
        const api = new OdooApi({ url, database, apiKey, allowedNetworks, ...(login === undefined ? {} : { login }) }, known?.dialect ?? null, { timeoutMs, maxBytes: 4 * 1024 * 1024, retry: { attempts: 1, firstWaitMs: 0, longestWaitMs: 0, sleep: () => Promise.resolve() } });
        const spoken = await api.dialect();
        if (!spoken.ok) return spoken;
        const answer = await api.call(commandModel, 'apply_commands', { commands: commands as unknown as Json });
        if (dialects.size > maxDialects) dialects.clear(); // keys that were changed stay behind
        // One that is down or busy speaks as before; any other failure may come of its having been replaced.
        if (answer.ok || answer.error.kind === 'unavailable') dialects.set(speaker, { dialect: spoken.value, untilMs: known?.untilMs ?? Date.now() + dialectMs });
        else dialects.delete(speaker);
        return answer.ok ? read(commands, answer.value) : { ok: false, error: explained(answer.error) };
      });
    },
  };
}

/** Odoo's own id of the company that a change is for, where the change says one and the settings name it. */
function inCompany(values: Record<string, unknown>, { companies }: OdooSettings): Record<string, unknown> {
  const { company, ...rest } = values;
  if (company === undefined) return values;
  const [id] = [...companyCodes(companies)].find(([, code]) => code === company) ?? [];
  return id === undefined ? rest : { ...rest, company_id: Number(id) };
}

/** About: files are what is large. */
function sizeOf(values: Record<string, unknown>): number {
  return 1000 + (typeof values['content'] === 'string' ? values['content'].length : 0);
}

/**
 * In place of the size of an order of a shop, which is confirmed and reserved in the same transaction: ten of three lines go in one
 * call, and one of a hundred alone (three lines took an Odoo 18 some 0.4 s on a busy machine, twenty 1.4 s). Nothing else waits for them.
 */
function workOf({ lines }: Record<string, unknown>): number {
  const more = Array.isArray(lines) ? Math.max(0, lines.length - 3) : 0;
  return (limits.bytes * (10 + more)) / 100;
}

function read(commands: readonly Sent[], value: Json): Outcome<Array<Outcome<Performed>>> {
  const answers = answersSchema.safeParse(value);
  if (!answers.success || answers.data.length !== commands.length) return failure('unparseable', 'The addon did not answer each command. Update the addon.', JSON.stringify(value).slice(0, 2000));
  const byId = new Map(answers.data.map((answer) => [answer.id, answer]));
  return { ok: true, value: commands.map(({ id }) => outcomeOf(byId.get(id))) };
}

function outcomeOf(answer: OneAnswer | undefined): Outcome<Performed> {
  if (answer === undefined) return failure('unparseable', 'The addon did not answer this command. Update the addon.', '');
  if (answer.state === 'rejected') return failure('invalid', `Odoo: ${answer.error ?? 'rejected'}`, JSON.stringify(answer));
  return { ok: true, value: { state: 'DONE', result: { state: answer.state }, answers: [], files: [] } };
}

/** Of `auth` commands wait: they can be carried out as they are once the addon is there. */
function explained(error: ConnectorError): ConnectorError {
  if (error.kind !== 'invalid' || !/gatehouse\.command|apply_commands/.test(error.message)) return error;
  return { ...error, kind: 'auth', message: `The Gatehouse addon in this Odoo is missing or older than this server: install or update it. (${error.message})` };
}
