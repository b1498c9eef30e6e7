import { setTimeout as pause } from 'node:timers/promises';
import { createLog } from '../../../src/lib/log.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { startSandbox } from '../../../src/sandbox/main.js';
import { draftSale } from '../../../src/sandbox/odoo/documents.js';
import { company, database } from '../../../src/sandbox/odoo/records.js';
import { Random } from '../../../src/sandbox/random.js';
import { standardWebhookKey, standardWebhookSignature } from '../../../src/connectors/kit/signatures.js';
import { startForwarder } from '../../chaos/odoo/forwarder.js';
import { bookingInput } from '../../support/parcel-sandbox.js';

/** A simulated Odoo as a process of its own. */
export interface OdooOptions {
  target: string;
  connection: string;
  secret: string;
  /** Milliseconds until it carries out what it is asked, as one that writes attachments does. */
  answerMs: number;
}

export type ToOdoo =
  | { ask: 'start'; options: OdooOptions }
  /** Makes deliveries that wait to be validated. */
  | { ask: 'make'; ids: number[] }
  /** Validates them at these times, milliseconds from now; answers when the last has its label, or time is up. */
  | { ask: 'rush'; validations: Array<{ id: number; atMs: number }>; patienceMs: number };

/** Milliseconds UTC of one delivery, by its id. */
export interface Rushed {
  [id: string]: { request: string; validated: number; labelled: number | null };
}

const addonBatch = 50;

/** As the addon's cron does: one batch after the other, of all that is there. */
class AddonOutbox {
  #waiting: object[] = [];
  #isSending = false;

  constructor(private readonly options: OdooOptions) {}

  add(event: object): void {
    this.#waiting.push(event);
    if (!this.#isSending) void this.#send();
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    const { target, connection, secret } = this.options;
    while (this.#waiting.length > 0) {
      const events = this.#waiting.splice(0, addonBatch);
      const body = Buffer.from(JSON.stringify({ specversion: '1', database, odooVersion: '18.0', sentAt: new Date().toISOString(), events }));
      const [id, timestamp] = [`msg_${uuidv7()}`, String(Math.floor(Date.now() / 1000))];
      const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': standardWebhookSignature(standardWebhookKey(secret), id, timestamp, body) };
      const answer = await fetch(`${target}/ingest/${connection}`, { method: 'POST', headers, body });
      if (answer.status !== 202) throw new Error(`The request was answered with ${answer.status}.`);
      await answer.arrayBuffer();
    }
    this.#isSending = false;
  }
}

async function start(options: OdooOptions) {
  const { target, connection, secret, answerMs } = options;
  const [sandbox, forwarder, outbox] = [await startSandbox({ target, odooSecret: secret, parcelSecret: 'unused', log: createLog('silent'), pace: 20, seed: 5, sales: false, odooConnection: connection }), await startForwarder(), new AddonOutbox(options)];
  Object.assign(sandbox.faults, { duplicateShare: 0, disorderShare: 0 });
  Object.assign(forwarder, { target: Number(new URL(sandbox.odooUrl).port), askingMs: answerMs });
  const pickings = new Map<number, ReturnType<typeof draftSale>['picking']>();
  return {
    url: `http://127.0.0.1:${forwarder.port}`,
    async make(ids: readonly number[]): Promise<void> {
      for (const id of ids) {
        const { picking } = draftSale(id, Date.now(), new Random(id), false);
        pickings.set(id, picking);
        sandbox.odoo.write({ model: 'stock.picking', id, record: picking, atMs: Date.now() });
      }
      while (ids.some((id) => sandbox.odoo.isOpen('stock.picking', id))) await pause(50);
    },
    async rush(validations: ReadonlyArray<{ id: number; atMs: number }>, patienceMs: number): Promise<Rushed> {
      const rushed: Rushed = {};
      const validate = (id: number): void => {
        const request = uuidv7();
        const record = { ...pickings.get(id)!, state: 'done' as const, date_done: new Date().toISOString().slice(0, 19).replace('T', ' ') };
        rushed[id] = { request, validated: Date.now(), labelled: null };
        outbox.add(requestEvent(id, request, record.name));
        sandbox.odoo.write({ model: 'stock.picking', id, record, atMs: Date.now(), transition: { field: 'state', from: 'assigned', to: 'done' } });
      };
      const startMs = performance.now();
      const endMs = startMs + (validations.at(-1)?.atMs ?? 0) + patienceMs;
      for (let next = 0; performance.now() < endMs; await pause(2)) {
        while (next < validations.length && validations[next]!.atMs <= performance.now() - startMs) validate(validations[next++]!.id);
        const open = Object.entries(rushed).filter(([, { labelled }]) => labelled === null);
        for (const [id, each] of open) if ((sandbox.written.results.get(Number(id))?.documents.size ?? 0) > 0) each.labelled = Date.now();
        if (next === validations.length && open.every(([, { labelled }]) => labelled !== null)) break;
      }
      return rushed;
    },
  };
}

function requestEvent(id: number, requestId: string, picking: string): object {
  const { from, to } = bookingInput();
  return {
    id: uuidv7(), topic: 'request', action: 'created', model: 'stock.picking', recordId: id, version: 1, occurredAt: new Date().toISOString(), company,
    record: {
      request_id: requestId, kind: 'shipment.requested', picking, from, to, service: { carrier: 'UPS', code: 'Ground' }, label_format: 'PDF',
      packages: [{ id: `PACK${id}`, weight: 1.2, weight_uom: 'kg', length: 300, width: 200, height: 100, dimension_uom: 'mm' }],
    },
  };
}

let odoo: Awaited<ReturnType<typeof start>> | undefined;
async function answer(question: ToOdoo): Promise<unknown> {
  if (question.ask === 'start') {
    odoo = await start(question.options);
    return { url: odoo.url };
  }
  if (question.ask === 'make') return (await odoo!.make(question.ids), {});
  return odoo!.rush(question.validations, question.patienceMs);
}
process.on('message', (question: ToOdoo) => void answer(question).then((given) => process.send!(given as object)));
process.on('disconnect', () => process.exit());
