import { connectorOf } from '../../connectors/registry.js';
import { keyWarningDays } from '../../jobs/tasks/sync-matters.js';
import { latestRuns, sumOf, type SyncRun } from '../../jobs/tasks/sync-run.js';
import type { Services } from '../../main.js';
import type { Finding } from './doctor.js';

/** Connections that can be read from: whether the latest run went well, and whether their key ends soon. */
export async function synchronisation({ database, connections, config }: Services): Promise<Finding[]> {
  const runs = new Map((await latestRuns(database)).map((run) => [run.connection, run]));
  const findings: Finding[] = [];
  for (const { id, connector: name } of await connections.list()) {
    const sync = connectorOf(name)?.sync;
    const connection = sync === undefined ? null : await connections.find(id);
    if (sync === undefined || connection === null) continue;
    const lacks = sync.lacks({ connection: id, settings: connection.settings, secrets: connection.secrets });
    const run = runs.get(id);
    if (lacks !== null) findings.push({ ok: true, text: `Connection ${id} only receives: what is lost on the way is not found. ${lacks}` });
    else if (config.sandbox && id === 'sandbox-odoo') findings.push({ ok: true, text: `Connection ${id} begins anew with every start: synchronising it would take what earlier runs made for deleted.` });
    else if (run === undefined) findings.push({ ok: true, text: `Connection ${id} was not synchronised yet. Start with: gatehouse sync ${id}` });
    else findings.push(runFinding(run), ...keyFindings(run));
  }
  return findings;
}

function runFinding(run: SyncRun): Finding {
  const day = run.started_at.slice(0, 16).replace('T', ' ');
  const { unreadable, repaired, missingHere, missingThere } = sumOf(run.figures);
  if (run.state === 'FAILED') return { ok: false, text: `The synchronisation of ${run.connection} on ${day} failed: ${run.error ?? ''} Try: gatehouse connection test ${run.connection}` };
  if (run.place.isHeld === true) return { ok: false, text: `The synchronisation of ${run.connection} on ${day} deleted nothing, as a great part is missing at its source. If that is right: gatehouse sync ${run.connection} --confirm-deletions` };
  if (unreadable > 0) return { ok: false, text: `${unreadable} records of ${run.connection} could not be read in the synchronisation of ${day}. The log of Odoo and ours say why.` };
  if (run.state === 'RUNNING' && run.error !== null) return { ok: false, text: `The synchronisation of ${run.connection} since ${day} waits and tries again (${run.attempts} times so far): ${run.error} Try: gatehouse connection test ${run.connection}` };
  if (run.state === 'RUNNING') return { ok: true, text: `${run.connection} is being synchronised since ${day}.` };
  return { ok: true, text: `${run.connection} was synchronised on ${day}: ${repaired + missingHere + missingThere} differences mended.` };
}

function keyFindings(run: SyncRun): Finding[] {
  if (run.key_expires_at === null) return [];
  const endsSoon = Date.parse(run.key_expires_at) < Date.now() + keyWarningDays * 86_400_000;
  return endsSoon ? [{ ok: false, text: `The API key of ${run.connection} ends on ${run.key_expires_at.slice(0, 10)}. Make a new one and set it with: gatehouse connection set ${run.connection} --set apiKey=...` }] : [];
}
