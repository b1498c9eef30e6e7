import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { acceptCommands } from '../../src/events/commands.js';
import { sha256, uuidv7 } from '../../src/lib/ids.js';
import type { Json } from '../../src/lib/json.js';
import type { Services } from '../../src/main.js';
import type { CommandInputs, CommandKind } from '../../src/model/commands.js';
import { eventually } from './requests.js';

/** Who we are to partners of the tests, and they to us. */
export const us = { qualifier: 'ZZ', id: 'NORTHWIND' };
export const partner = { qualifier: '02', id: 'NWCX' };

/** A partner that gets its interchanges in a folder. */
export class FolderPartner {
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-edi-'));

  constructor(readonly services: Services, readonly id: string) {}

  static async add(services: Services, id: string, settings: Record<string, Json>, connector = 'x12'): Promise<FolderPartner> {
    const made = new FolderPartner(services, id);
    await services.connections.add({ id, connector, company: 'main', settings: { transport: { kind: 'folder', path: made.folder }, ...settings }, secrets: {} });
    await services.database.transaction((tx) => tx.insertInto('partner_policy').values({ connection: id, overrides: JSON.stringify({ backoffSeconds: 0.1, backoffMaxSeconds: 0.5, breakerWindow: 1000 }), changed_by: 'test', changed_at: new Date().toISOString() }).execute());
    return made;
  }

  /** Names of the interchanges that went out, in the order of their control numbers. */
  files(): string[] {
    return readdirSync(this.folder).filter((name) => !name.startsWith('.')).sort();
  }

  text(name: string): string {
    return readFileSync(join(this.folder, name), 'latin1');
  }

  /** What went out once there are so many. */
  async sent(count: number): Promise<string[]> {
    return (await eventually(() => Promise.resolve(this.files()), (files) => files.length >= count)).map((name) => this.text(name));
  }

  /** The partner sends this; resolves when it is read and shown. */
  async receive(text: string): Promise<string> {
    const body = Buffer.from(text, 'latin1');
    const { id } = await this.services.inbox.receive({ connection: this.id, dedupeKey: `sha256:${sha256(body)}`, headers: {}, body, receivedMs: Date.now() });
    await eventually(() => this.services.database.kysely.selectFrom('inbox').select('state').where('id', '=', id).executeTakeFirstOrThrow(), (row) => row.state !== 'RECEIVED');
    await projected(this.services);
    return id;
  }

  async command<K extends CommandKind>(kind: K, input: CommandInputs[K]): Promise<string> {
    const { services } = this;
    const [accepted] = await services.database.transaction((tx) => acceptCommands(tx, services.tasks.bodies, [{ kind, input, connection: this.id, lane: 'DISPATCH', company: 'main', requestedBy: 'test', idempotencyKey: uuidv7(), subject: `test:${this.id}`, correlationId: uuidv7() }]));
    return accepted!.id;
  }

  interchanges(direction: 'IN' | 'OUT') {
    return this.services.database.kysely.selectFrom('interchange').selectAll().where('connection', '=', this.id).where('direction', '=', direction).orderBy('control').execute();
  }

  exceptions(kind: string) {
    return this.services.database.kysely.selectFrom('exception').select(['state', 'title', 'detail', 'kind', 'resolution']).where('kind', '=', kind).where(sql<boolean>`((title || ' ' || detail) like ${`%${this.id} %`} or raw_id in (select id from inbox where connection = ${this.id}))`).execute();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The read model has caught up with the log. */
export async function projected({ database }: Services): Promise<void> {
  await eventually(async () => {
    const { rows } = await sql<{ behind: number }>`select (select position from log_head) - coalesce((select position from projection where name = 'main'), 0) as behind`.execute(database.kysely);
    return Number(rows[0]!.behind);
  }, (behind) => behind === 0);
}

/** An interchange from the partner: each set is its segments between ST and SE, with its type. */
export function interchangeOf(sets: ReadonlyArray<{ type: string; body: string }>, given: { control?: number; group?: number; functionalId?: string; time?: string; wantsTa1?: boolean; usage?: string } = {}): string {
  const control = String(given.control ?? 71).padStart(9, '0');
  const group = String(given.group ?? given.control ?? 71);
  const written = sets.map(({ type, body }, index) => {
    const number = String(index + 1).padStart(4, '0');
    return `ST*${type}*${number}~${body}SE*${body.split('~').length + 1}*${number}~`;
  });
  const isa = `ISA*00*          *00*          *02*NWCX           *ZZ*NORTHWIND      *260306*${given.time ?? '1410'}*U*00401*${control}*${given.wantsTa1 === true ? 1 : 0}*${given.usage ?? 'P'}*>~`;
  return `${isa}GS*${given.functionalId ?? 'QM'}*NWCX*NORTHWIND*20260306*${given.time ?? '1410'}*${group}*X*004010~${written.join('')}GE*${sets.length}*${group}~IEA*1*${control}~`;
}
