import { connectors } from '../../../connectors/registry.js';
import { acceptCommands, type NewCommand } from '../../../events/commands.js';
import { instant } from '../../../lib/clock.js';
import { sha256, uuidOfName, uuidv7 } from '../../../lib/ids.js';
import { canonicalJson } from '../../../lib/json.js';
import { publicationDecision, publishedRecord, type LoadPublication, type LoadPublicationPolicy } from '../../../model/transport/publication.js';
import type { LoadRecord } from '../../../model/transport/records.js';
import { changedLoads, keepPublicationPosition, keepPublications, loadsOfConnections, publicationPosition, publicationsOf, publishableLoads, takeLoadsToAsk, type PublicationRow, type PublishableLoad } from '../../../projections/load-publications.js';
import type { Transaction } from '../../engine.js';
import type { TaskContext } from '../context.js';

/** Rows of the feed, and loads, that one transaction looks at. */
const pageRows = 500;
const pageLoads = 200;
const hourMs = 3_600_000;
/** A partner is asked about a load under way once in so long: what its webhooks lost is found by then, ms. */
const askEveryMs = 4 * hourMs;
const askBeforeMs = 12 * hourMs;
const askAtOnce = 200;

/** A connection whose partner is told of loads. */
interface PublishingConnection {
  id: string;
  company: string;
  policy: LoadPublicationPolicy;
  /** It can be asked where they are. */
  isAsked: boolean;
}

async function publishingConnections({ connections }: Pick<TaskContext, 'connections'>): Promise<PublishingConnection[]> {
  const found: PublishingConnection[] = [];
  for (const connector of connectors.values()) {
    if (connector.loads === undefined) continue;
    for (const { id, company, settings } of await connections.liveOfConnector(connector.id)) {
      const policy = connector.loads(settings);
      if (policy !== null) found.push({ id, company, policy, isAsked: connector.perform?.commands.includes('tracking.poll') === true });
    }
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Follows what changed of loads from its own position and accepts the commands that tell it to partners who are to know. Commands,
 * what was told, and the position are one transaction: done again, it makes none; done in two processes at once, the second waits. While
 * no connection wants it the position keeps up, so that one that begins to is told what changes from then on.
 * @param where `wanted`: the position is left where it is while no connection wants it
 * @param signal ends it after a page
 */
export async function publishLoads(tasks: TaskContext, where: 'wanted' | 'always' = 'always', signal?: AbortSignal): Promise<void> {
  while (signal?.aborted !== true) {
    const told = await publishingConnections(tasks);
    if (told.length === 0 && where === 'wanted') return;
    if (await tasks.database.transaction((tx) => page(tasks, tx, told))) return;
  }
}

/** @returns whether it came to the end */
async function page(tasks: TaskContext, tx: Transaction, told: readonly PublishingConnection[]): Promise<boolean> {
  const { position, projected } = await publicationPosition(tx);
  if (position >= projected) return true;
  const changed = told.length === 0 ? { loads: [], position: projected } : await changedLoads(tx, position, projected, pageRows);
  if (changed === null) await tellAll(tasks, tx, told);
  else await tell(tasks, tx, changed.loads, told);
  await keepPublicationPosition(tx, changed?.position ?? projected);
  return changed === null || changed.position >= projected;
}

/** The feed no longer tells what changed since: everything is compared with what was told. */
async function tellAll(tasks: TaskContext, tx: Transaction, told: readonly PublishingConnection[]): Promise<void> {
  const sources = [...new Set(told.flatMap(({ policy }) => policy.from))];
  for (let after: string | null = null; ; ) {
    const ids = await loadsOfConnections(tx, sources, after, pageLoads);
    await tell(tasks, tx, ids, told);
    if (ids.length < pageLoads) return;
    after = ids.at(-1)!;
  }
}

async function tell(tasks: TaskContext, tx: Transaction, ids: readonly string[], told: readonly PublishingConnection[]): Promise<void> {
  const loads = await publishableLoads(tx, ids, [...new Set(told.flatMap(({ policy }) => policy.from))]);
  if (loads.length === 0) return;
  const known = new Map((await publicationsOf(tx, loads.map(({ id }) => id))).map((row) => [`${row.connection} ${row.load_id}`, row]));
  const steps = loads.flatMap((load) => told.flatMap((at) => {
    // Nobody is told what he said himself, nor of loads of another company.
    if (at.company !== load.company || at.id === load.connection || !at.policy.from.includes(load.connection)) return [];
    const step = stepOf(load, at, known.get(`${at.id} ${load.id}`));
    return step === null ? [] : [step];
  }));
  await keepPublications(tx, steps.map(({ row }) => row));
  await acceptCommands(tx, tasks.bodies, steps.map(({ command }) => command));
}

/** What is told, and how it is remembered; null where all stands as it should. */
function stepOf(load: PublishableLoad, { id: connection, policy }: PublishingConnection, before: PublicationRow | undefined): { row: PublicationRow; command: NewCommand<'load.publish'> } | null {
  const full = recordOf(load);
  const wasTold = before?.state === 'TOLD';
  const decision = publicationDecision({ record: full, deleted: load.deleted }, policy, wasTold);
  if (decision === 'KEEP') return null;
  const record = publishedRecord(full, policy);
  const digest = sha256(canonicalJson(record)).slice(0, 32);
  if (decision === 'TELL' && wasTold && before.digest === digest) return null;
  const now = instant(Date.now());
  const revision = (before?.revision ?? 0) + 1;
  // What was withdrawn and comes back is a new one for the partner.
  const action = decision === 'WITHDRAW' ? 'CANCEL' : wasTold ? 'CHANGE' : 'NEW';
  const key = `load:${connection}:${load.id}:${revision}`;
  const content = { load: load.id, revision, action, record, ...(before === undefined ? {} : { first: before.first_command_id }) } satisfies Omit<LoadPublication, 'statedAt'>;
  // What it says is part of its name: after a backup was restored, another statement is another command.
  const id = uuidOfName(`${key}:${canonicalJson(content)}`);
  return {
    row: { connection, load_id: load.id, company: load.company, state: decision === 'WITHDRAW' ? 'WITHDRAWN' : 'TOLD', revision, digest, first_command_id: action === 'NEW' ? id : before!.first_command_id, command_id: id, updated_at: now },
    command: {
      id, kind: 'load.publish', input: { ...content, statedAt: now }, asked: content, connection, company: load.company, lane: 'DISPATCH', requestedBy: 'gatehouse', idempotencyKey: key, subject: `load:${load.id}`, orderKey: `load:${load.id}`,
      correlationId: load.correlation_id ?? uuidv7(),
    },
  };
}

function recordOf({ reference, state, raw_state: rawState, carrier, truck, trailer, stops }: PublishableLoad): LoadRecord {
  return { name: reference, state, rawState, ...(carrier === null ? {} : { carrier }), ...(truck === null ? {} : { truck }), ...(trailer === null ? {} : { trailer }), stops };
}

/**
 * Asks partners who were told of loads where these are, by their own ids of them: one command a load and a few hours, so that what
 * their webhooks lost is found.
 * @returns how many it asked about
 */
export async function askAboutLoads(tasks: Pick<TaskContext, 'database' | 'bodies' | 'connections'>, nowMs = Date.now()): Promise<number> {
  const asked = (await publishingConnections(tasks)).filter(({ isAsked }) => isAsked).map(({ id }) => id);
  if (asked.length === 0) return 0;
  return tasks.database.transaction(async (tx) => {
    const loads = await takeLoadsToAsk(tx, asked, { before: instant(nowMs - askEveryMs), until: instant(nowMs + askBeforeMs), now: instant(nowMs), limit: askAtOnce });
    await acceptCommands(tx, tasks.bodies, loads.map(({ connection, company, load_id: load, external_id: value }) => {
      const key = `poll:${connection}:${load}:${instant(nowMs)}`;
      return {
        id: uuidOfName(key), kind: 'tracking.poll' as const, input: { references: [{ kind: 'tracker' as const, issuer: connection, value }] }, connection, lane: 'REPORT' as const, company, requestedBy: 'gatehouse', idempotencyKey: key,
        subject: `load:${load}`, correlationId: uuidOfName(key), deadlineAt: instant(nowMs + askEveryMs),
      };
    }));
    return loads.length;
  });
}
