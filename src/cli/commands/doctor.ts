import { sql } from 'kysely';
import { z } from 'zod';
import { GatehouseError } from '../../lib/errors.js';
import type { Services } from '../../main.js';
import { connectorOf } from '../../connectors/registry.js';
import { inspectRowLevelSecurity, statementsFor } from '../../db/row-level-security.js';
import { headPosition } from '../../events/read.js';
import { SecretKeyError } from '../../auth/secret-box.js';
import { signingKey } from '../../auth/signing-keys.js';
import { verifyLogs } from './doctor-audit.js';
import { deprecatedStillUsed } from './deprecations.js';
import { certificates } from './doctor-certificates.js';
import { watchedFolders } from './doctor-folders.js';
import { polledSources } from './doctor-polling.js';
import { synchronisation } from './doctor-sync.js';
import { watermark } from '../../projections/runner.js';
import type { DataCommand } from './command.js';

export interface Finding {
  ok: boolean;
  text: string;
}

/** `checkpoint`: checkpoints that were kept elsewhere, as `audit checkpoint` prints them. */
const schema = z.object({ audit: z.boolean().default(false), checkpoint: z.string().optional() });

/** Looks at everything that can be wrong with an installation and says how to mend it. */
export const doctor: DataCommand = {
  name: 'doctor',
  async *run(services, given) {
    const { audit, checkpoint } = schema.parse(given);
    if (audit) return yield* verifyLogs(services, checkpoint);
    let wrong = 0;
    for (const check of [database, rowLevelSecurity, secretKey, production, connectionsUsable, decodeBacklog, projectionLag, jobs, givenUp, synchronisation, polledSources, watchedFolders, certificates, matters, deprecatedStillUsed]) {
      for (const finding of await check(services)) {
        if (!finding.ok) wrong++;
        yield `${finding.ok ? 'ok   ' : 'WRONG'}  ${finding.text}`;
      }
    }
    if (wrong > 0) throw new GatehouseError('CONFLICT', `${wrong} thing${wrong === 1 ? '' : 's'} to mend, see above.`);
    yield 'Nothing is wrong.';
  },
};

async function database({ database: db }: Services): Promise<Finding[]> {
  const version = (await sql<{ version: string }>`select current_setting('server_version') as version`.execute(db.kysely)).rows[0]!.version;
  if (db.kind === 'embedded') return [{ ok: true, text: `Embedded database (PostgreSQL ${version}). A power cut may lose the last writes: set DATABASE_URL for production.` }];
  return [{ ok: Number.parseInt(version, 10) >= 15, text: `PostgreSQL ${version}${Number.parseInt(version, 10) >= 15 ? '' : ': version 15 or later is needed.'}` }];
}

async function rowLevelSecurity({ database: db, config }: Services): Promise<Finding[]> {
  if (db.kind === 'embedded') return [{ ok: true, text: 'Row-level security does not hold on the embedded database, whose only user is a superuser: the rewrite of queries alone keeps outsiders to their rows.' }];
  if (config.rowLevelSecurity === 'off') return [{ ok: true, text: 'Row-level security is off (GATEHOUSE_ROW_LEVEL_SECURITY): the rewrite of queries alone keeps outsiders to their rows.' }];
  const found = await inspectRowLevelSecurity(db.kysely);
  if (found.missing.length > 0) return [{ ok: false, text: `Row-level security does not hold for what outsiders read; the rewrite of queries does. Let an administrator of PostgreSQL run in this database, then restart: ${statementsFor(found)} Or set GATEHOUSE_ROW_LEVEL_SECURITY=off.` }];
  return [{ ok: db.outsiders.role !== null, text: db.outsiders.role === null ? `Role ${found.role} is there, but was not when this process started: restart it.` : `Row-level security holds for what outsiders read, as role ${found.role}.` }];
}

async function secretKey({ database: db, box, keys, config }: Services): Promise<Finding[]> {
  try {
    await signingKey(db, box);
  } catch (error) {
    if (!(error instanceof SecretKeyError)) throw error;
    return [{ ok: false, text: error.message }];
  }
  const fromEnvironment = config.secretKey !== undefined;
  return [{ ok: fromEnvironment || !config.production, text: fromEnvironment ? `Secret key ${keys.keyEncryption.id} from GATEHOUSE_SECRET_KEY fits this database.` : `Secret key ${keys.keyEncryption.id} lies in the data folder. In production set GATEHOUSE_SECRET_KEY, so that key and database are kept apart.` }];
}

async function production({ config, database: db }: Services): Promise<Finding[]> {
  const findings: Finding[] = [{ ok: !(config.production && config.sandbox), text: config.sandbox ? 'The sandbox is on: its shipments are simulated. Set GATEHOUSE_SANDBOX=off for real work.' : 'The sandbox is off.' }];
  if (config.production && db.kind === 'embedded') findings.push({ ok: false, text: 'NODE_ENV=production on the embedded database: set DATABASE_URL to a PostgreSQL 15 or later.' });
  return findings;
}

async function connectionsUsable({ connections }: Services): Promise<Finding[]> {
  const rows = await connections.list();
  if (rows.length === 0) return [{ ok: true, text: 'No connections yet. Add one with: gatehouse connection add <connector> --id <id> --set webhookSecret=...' }];
  return rows.map((row) => {
    const connector = connectorOf(row.connector);
    if (connector === undefined) return { ok: false, text: `Connection ${row.id} uses connector ${row.connector}, which this version does not have.` };
    const needsSecret = connector.authentication !== 'none';
    return { ok: !needsSecret || row.secrets > 0, text: needsSecret && row.secrets === 0 ? `Connection ${row.id} has no webhookSecret, so every message is refused. Set one with: gatehouse connection rotate ${row.id}` : `Connection ${row.id} (${connector.label}).` };
  });
}

async function decodeBacklog({ database: db }: Services): Promise<Finding[]> {
  const row = await db.kysely.selectFrom('inbox').select((e) => [e.fn.countAll<number>().as('count'), e.fn.min('received_at').as('oldest')]).where('state', '=', 'RECEIVED').executeTakeFirstOrThrow();
  const lateMs = row.count === 0 ? 0 : Date.now() - Date.parse(row.oldest);
  return [{ ok: lateMs < 60_000, text: row.count === 0 ? 'Every message is decoded.' : `${row.count} messages wait to be decoded, the oldest for ${Math.round(lateMs / 1000)} s.${lateMs < 60_000 ? '' : ' Is a worker running? Start one with: gatehouse work'}` }];
}

async function projectionLag({ database: db }: Services): Promise<Finding[]> {
  const lag = (await headPosition(db.kysely)) - (await watermark(db.kysely));
  return [{ ok: lag < 100_000, text: lag === 0 ? 'The read model is up to the log.' : `The read model is ${lag} events behind the log.` }];
}

async function jobs({ jobs: engine }: Services): Promise<Finding[]> {
  const dead = (await engine.states()).find((state) => state.queue === 'dead-letter')?.waiting ?? 0;
  return [{ ok: dead === 0, text: dead === 0 ? 'No job gave up.' : `${dead} jobs gave up and lie in the dead letter queue.` }];
}

async function givenUp({ database: db }: Services): Promise<Finding[]> {
  const { count } = await db.kysely.selectFrom('command').select((e) => e.fn.countAll<number>().as('count')).where('state', '=', 'DEAD').executeTakeFirstOrThrow();
  return [{ ok: count === 0, text: count === 0 ? 'No command to a partner was given up.' : `${count} commands to partners were given up: see gatehouse command list --state DEAD, then retry, replay or discard them.` }];
}

async function matters({ database: db }: Services): Promise<Finding[]> {
  const rows = await db.kysely.selectFrom('exception').select((e) => ['kind', e.fn.countAll<number>().as('count')]).where('state', '<>', 'RESOLVED').where('kind', '=', 'QUARANTINED').groupBy('kind').execute();
  const count = rows[0]?.count ?? 0;
  return [{ ok: count === 0, text: count === 0 ? 'No message is quarantined.' : `${count} messages cannot be read: see the exceptions of kind QUARANTINED, then: gatehouse replay <connection>` }];
}
