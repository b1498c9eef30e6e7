import { byId, h, say } from './dom.js';
import { ExceptionList } from './exceptions.js';
import { Feed } from './feed.js';
import { GraphqlClient, RequestFailure } from './graphql.js';
import { LiveMilestones, type LiveState } from './live.js';
import { startQuery, type LiveMilestone, type ShipmentRow, type StartAnswer, type Viewer } from './queries.js';
import { EmbeddedSession, isEmbedded } from './embedded-session.js';
import { Session } from './session.js';
import { ShipmentTable } from './shipments.js';
import { TimelinePanel } from './timeline.js';

/** Live events are drawn in groups, so that a long catch-up does not freeze the page. */
const drawMs = 100;
/** Changes that bring no milestone (an order's name, a merge) are picked up this often. */
const refreshMs = 60_000;
const retryMs = 5000;

const session = isEmbedded() ? new EmbeddedSession(window) : new Session();
const client = new GraphqlClient(session, (message) => say(byId('notice'), message));
const table = new ShipmentTable(client, fail);
const exceptions = new ExceptionList(client, fail);
const panel = new TimelinePanel(client, fail);
const feed = new Feed();
let live: LiveMilestones | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Reads everything, then listens from the cursor that was read first. */
async function start(): Promise<void> {
  clearTimeout(retry);
  live?.stop();
  live = null;
  try {
    const cursor = await readAll();
    live = new LiveMilestones({ session, after: cursor, onMilestone: take, onState: showState, onCursorExpired: readAll });
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    fail(error);
    if (error.kind === 'unreachable') showState({ kind: 'waiting', seconds: retryMs / 1000 });
  }
}

/** The cursor of the newest event before anything else was read. */
async function readAll(): Promise<string> {
  const { viewer, latestCursor } = await client.request<StartAnswer>(startQuery);
  showSignedIn(viewer);
  exceptions.viewerName = viewer.name;
  await Promise.all([table.load(), exceptions.load()]);
  feed.begin(recent(table.lastMilestones()));
  return latestCursor;
}

function recent(rows: readonly ShipmentRow[]): LiveMilestone[] {
  const milestones = rows.map((shipment) => ({ ...shipment.lastMilestone!, shipment }));
  return milestones.sort((a, b) => a.recordedAt.localeCompare(b.recordedAt));
}

let waiting: LiveMilestone[] = [];
let latestRows = new Map<string, ShipmentRow>();
let drawing = false;

function take(milestone: LiveMilestone): void {
  waiting.push(milestone);
  // The feed keeps no more than this; the rows keep their newest state only.
  if (waiting.length > 200) waiting.shift();
  if (milestone.shipment !== null) latestRows.set(milestone.shipment.id, milestone.shipment);
  if (drawing) return;
  drawing = true;
  setTimeout(draw, drawMs);
}

function draw(): void {
  drawing = false;
  const milestones = waiting;
  const rows = latestRows;
  waiting = [];
  latestRows = new Map();
  for (const milestone of milestones) feed.add(milestone);
  for (const row of rows.values()) {
    table.update(row);
    panel.touch(row.id);
  }
  exceptions.touch();
}

function showState(state: LiveState): void {
  const element = byId('connection');
  element.dataset['state'] = state.kind;
  element.textContent = {
    connecting: 'Connecting…',
    live: 'Live',
    waiting: `Not connected. Next try in ${state.kind === 'waiting' ? state.seconds : 0} s`,
    sign_in: 'Signed out',
  }[state.kind];
  if (state.kind === 'live') say(byId('notice'), '');
  if (state.kind === 'sign_in') askForToken();
}

function fail(failure: RequestFailure): void {
  if (failure.kind === 'sign_in') return askForToken();
  if (failure.kind === 'refused') return say(byId('notice'), `${failure.message} Reload the page; if it stays, ask the server’s operator.`);
  say(byId('notice'), `${failure.message} Trying again in ${retryMs / 1000} seconds.`);
  clearTimeout(retry);
  retry = setTimeout(() => void start(), retryMs);
}

function askForToken(): void {
  clearTimeout(retry);
  live?.stop();
  live = null;
  byId('board').hidden = true;
  byId('banner').hidden = true;
  panel.close();
  clearAll();
  byId('sign-in').hidden = false;
  const state = byId('connection');
  state.dataset['state'] = 'sign_in';
  state.textContent = 'Signed out';
  byId('sign-in-error').textContent = session.refused ? 'The server does not take this token. It may have expired: make a new one.' : '';
  byId('token').focus();
}

function showSignedIn(viewer: Viewer): void {
  byId('sign-in').hidden = true;
  byId('board').hidden = false;
  say(byId('notice'), '');
  const banner = byId('banner');
  const signOut = h('button', { type: 'button', click: leave }, session.own ? 'Sign out' : 'Use a token');
  const text = viewer.demonstration
    ? 'You are signed in as the demonstration operator. What is here comes from the sandbox: a simulated Odoo, carrier, transport system with its trucks, dock scheduler and logistics provider.'
    : `Signed in as ${viewer.name} (${viewer.role.toLowerCase()}).`;
  banner.dataset['demonstration'] = String(viewer.demonstration);
  banner.replaceChildren(h('p', {}, text), signOut);
  // Within Odoo it is Odoo that signs in and out.
  banner.hidden = isEmbedded();
}

/** Who signs in next may see other things, or fewer. */
function clearAll(): void {
  waiting = [];
  latestRows = new Map();
  feed.clear();
  exceptions.clear();
  table.clear();
}

function leave(): void {
  const own = session.own;
  session.forget();
  clearAll();
  // Without a token of the viewer's own the server signs in by itself again: then only the form is shown.
  if (own) void start();
  else askForToken();
}

/** Shows what the address names: #shipment/<id> opens its panel. */
function route(): void {
  const id = /^#shipment\/(.+)$/.exec(location.hash)?.[1];
  const before = panel.shown;
  const wanted = id === undefined ? null : decode(id);
  table.select(wanted);
  if (wanted === null) {
    panel.close();
    if (before !== null) table.focus(before);
  } else if (wanted !== before) panel.open(wanted);
}

/** A mistyped escape in the address stands for itself; the server then knows no such shipment. */
function decode(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch (error) {
    if (error instanceof URIError) return id;
    throw error;
  }
}

byId('sign-in-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = byId<HTMLInputElement>('token');
  const token = input.value.trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    byId('sign-in-error').textContent = 'This is no token: paste the whole line that the command printed.';
    return;
  }
  input.value = '';
  session.give(token);
  void start();
});
byId('panel-close').addEventListener('click', (event) => {
  event.preventDefault();
  location.hash = '#shipments';
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && panel.shown !== null && !byId<HTMLDialogElement>('ask').open) location.hash = '#shipments';
});
window.addEventListener('hashchange', route);
setInterval(() => {
  if (document.hidden || live === null) return;
  void table.refresh();
  exceptions.touch();
}, refreshMs);

await start();
route();
