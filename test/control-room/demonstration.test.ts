import type { Browser, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSandboxFor } from '../../src/cli/sandbox.js';
import { testServer, type TestServer } from '../support/databases.js';
import { chromiumPath, launchBrowser, openPage } from './browser.js';

const milestoneItem = '#feed-list > li';
const row = '#shipment-rows > tr';

describe.skipIf(chromiumPath === null)(`the control room with the sandbox${chromiumPath === null ? ' (skipped: Chromium is not installed)' : ''}`, () => {
  let server: TestServer;
  let sandbox: { stop(): Promise<void> };
  let browser: Browser;
  let page: Page & { problems: string[] };

  beforeAll(async () => {
    server = await testServer('embedded', { GATEHOUSE_SANDBOX: 'on' });
    sandbox = await startSandboxFor(server, server.url);
    browser = await launchBrowser();
    page = await openPage(browser);
  });
  afterEach(async () => page.context().close());
  afterAll(async () => {
    await browser?.close();
    await sandbox?.stop();
    await server?.remove();
  });

  async function open(path = '/', options: { width?: number } = {}): Promise<void> {
    page = await openPage(browser, options);
    await page.goto(server.url + path);
  }

  /** Address of a shipment of which something is reported: one that has just come has no timeline yet. */
  async function addressUnderWay(): Promise<string> {
    const link = page.locator(row, { has: page.locator('.badge', { hasText: /In transit|Out for delivery|Delivered/ }) }).locator('a').first();
    return (await link.getAttribute('href'))!;
  }

  /** Until the twelve shipments that the sandbox begins with have come. */
  async function openFilled(path = '/', options: { width?: number } = {}): Promise<void> {
    await open(path, options);
    await page.locator(row).nth(11).waitFor({ timeout: 20_000 });
  }

  it('signs in by itself, says that it is a demonstration, and shows shipments', async () => {
    await openFilled();
    expect(await page.locator('#banner').innerText()).toContain('demonstration operator');
    expect(await page.locator('#sign-in').isVisible()).toBe(false);
    await page.waitForSelector('#connection[data-state="live"]');
    const first = await page.locator(row).first().innerText();
    expect(first).toMatch(/(WH|EAST)\/OUT\/\d+/);
    expect(first).toMatch(/S\d+/);
    expect(page.problems).toEqual([]);
  });

  it('shows milestones in the feed and in the rows as they are recorded', async () => {
    await openFilled();
    await page.waitForSelector('#connection[data-state="live"]');
    const newest = await page.locator(milestoneItem).first().getAttribute('data-id');
    await page.locator(`#feed-list > li:first-child:not([data-id="${newest}"])`).waitFor({ timeout: 20_000 });
    await page.waitForSelector(`${row}.changed`, { timeout: 20_000 });
    expect(page.problems).toEqual([]);
  });

  it('opens a timeline by keyboard, closes it by Escape and by the back button, and gives the focus back', async () => {
    await openFilled();
    // By its address: shipments that come meanwhile stand above it.
    const link = page.locator(`${row} a[href="${await addressUnderWay()}"]`);
    const name = await link.innerText();
    await link.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.timeline > li');
    expect(await page.locator('#panel-title').innerText()).toBe(name);
    expect(await page.locator(':focus').getAttribute('id')).toBe('panel-title');
    await page.goBack();
    await page.waitForSelector('#panel', { state: 'hidden' });
    expect(await page.locator(':focus').innerText()).toBe(name);
    await page.goForward();
    await page.waitForSelector('#panel', { state: 'visible' });
    await page.keyboard.press('Escape');
    await page.waitForSelector('#panel', { state: 'hidden' });
  });

  it('opens the shipment that the address names, and says what to do where there is none', async () => {
    await openFilled();
    const address = await addressUnderWay();
    await page.goto('about:blank');
    await page.goto(`${server.url}/${address}`);
    await page.waitForSelector('.timeline > li');
    const time = page.locator('.timeline time').first();
    expect(await time.getAttribute('title')).toMatch(/Europe\/Berlin, your zone[\s\S]*UTC, as the source sent it/);
    await page.goto('about:blank');
    await page.goto(`${server.url}/#shipment/none`);
    await page.locator('#panel-body', { hasText: 'no such shipment' }).waitFor();
  });

  it('finds a shipment by a part of its order and says so where nothing matches', async () => {
    await openFilled();
    const order = await page.locator(`${row} td[data-label="Order"]`).nth(4).innerText();
    await page.fill('#search', order.slice(1));
    await page.locator(row).nth(1).waitFor({ state: 'detached' });
    expect(await page.locator(row).innerText()).toContain(order);
    await page.fill('#search', 'no such thing');
    await page.locator('#shipments-state', { hasText: 'No shipment matches' }).waitFor();
    await page.fill('#search', '');
    await page.selectOption('#status', 'DELIVERED');
    await page.locator(`${row} .badge`, { hasText: 'Delivered' }).first().waitFor();
    await page.locator(`${row} .badge`, { hasNotText: 'Delivered' }).first().waitFor({ state: 'detached' });
  });

  it('assigns and resolves an exception and takes it off the list', async () => {
    await openFilled();
    const first = page.locator('#exception-list > li', { hasText: 'Refused' }).first();
    await first.waitFor({ timeout: 20_000 });
    // Its own buttons by their key: another one may come above it, of the same shipment even.
    const assignKey = await first.getByText('Assign', { exact: true }).getAttribute('data-focus-key');
    const button = (key: string) => `#exception-list button[data-focus-key="${key}"]`;
    const [assign, resolve] = [button(assignKey!), button(assignKey!.replace('assign', 'resolve'))];
    await page.click(assign);
    await page.fill('#ask-value', 'Ann of the night shift');
    await page.keyboard.press('Enter');
    await page.locator('#exception-list > li', { hasText: 'Ann of the night shift' }).waitFor();
    await page.click(resolve);
    await page.fill('#ask-value', 'Consignee called, sent again');
    await page.keyboard.press('Enter');
    await page.locator(resolve).waitFor({ state: 'detached' });
    expect(page.problems).toEqual([]);
  });

  it('goes on after a lost connection from the last cursor it received, with a fresh token where the old one ended', async () => {
    page = await openPage(browser);
    const connections: Connection[] = [];
    await page.routeWebSocket(/\/graphql$/, (route) => connections.push(record(route)));
    await page.goto(server.url);
    for (const code of [4403, 1011]) {
      const current = await nth(connections, code === 4403 ? 0 : 1);
      await until(() => current.cursors.length >= 2);
      // What was passed on before the close is received; what comes after it is not.
      const last = current.cursors.at(-1);
      await current.route.close({ code, reason: 'test' });
      const next = await nth(connections, code === 4403 ? 1 : 2);
      await until(() => next.after !== undefined);
      expect(next.after).toBe(last);
    }
    expect(connections[1]!.token).not.toBe(connections[0]!.token);
    expect(connections[2]!.token).toBe(connections[1]!.token);
    await page.waitForSelector('#connection[data-state="live"]');
    const ids = await page.evaluate<string[]>(`[...document.querySelectorAll('${milestoneItem}')].map((item) => item.dataset.id)`);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('fits a phone of 360 pixels, open panel included', async () => {
    await openFilled('/', { width: 360 });
    const overflow = () => page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.locator(`${row} a`).first().click();
    await page.waitForSelector('.timeline > li');
    expect(await overflow()).toBeLessThanOrEqual(0);
  });

  it.each([1600, 1280, 1200, 1121, 1024, 720, 360])('shows every column of the shipments at %i pixels, long words included', async (width) => {
    await openFilled('/', { width });
    await page.evaluate(`document.querySelectorAll('#shipment-rows > tr').forEach((row, index) => {
      row.querySelector('.badge').textContent = 'Available for collection';
      row.querySelector('[data-label="Order"]').textContent = index % 2 === 0 ? 'PO-2026-000000000001234567' : 'S1';
      const [late, time] = [document.createElement('span'), document.createElement('time')];
      late.className = 'detail late';
      late.textContent = 'delivered late';
      time.textContent = '30 September, 23:59';
      const eta = document.createElement('span');
      eta.append(time, late);
      row.querySelector('[data-label="ETA"]').replaceChildren(eta);
    })`);
    const cut = await page.evaluate<string[]>(`[...document.querySelectorAll('#shipments thead th, #shipments tbody th, #shipments tbody td, #shipments tbody .badge, #shipments tbody time')]
      .filter((cell) => cell.getClientRects().length > 0 && getComputedStyle(cell.closest('thead') ?? cell).position !== 'absolute')
      .filter((cell) => cell.getBoundingClientRect().right > document.querySelector('#shipments').getBoundingClientRect().right + 0.5).map((cell) => cell.textContent)`);
    expect(cut).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  });

  it('lets an exception be assigned by keyboard alone, shows where the focus is, and gives it back', async () => {
    await openFilled();
    const assign = page.locator('#exception-list button', { hasText: 'Assign' }).first();
    await assign.waitFor({ timeout: 20_000 });
    await page.locator('#status').focus();
    const focused = () => page.evaluate<{ key: string; outline: string; what: string }>(`(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return { key: document.activeElement.dataset.focusKey ?? '', outline: outlineStyle + ' ' + outlineWidth, what: document.activeElement.outerHTML.slice(0, 100) };
    })()`);
    let key = '';
    // Rows and exceptions are drawn anew meanwhile, as events arrive.
    for (let presses = 0; presses < 100 && !key.startsWith('assign '); presses++) {
      await page.keyboard.press('Tab');
      const { outline, what, key: reached } = await focused();
      expect({ what, outline }).toEqual({ what, outline: expect.stringMatching(/^(solid|auto) [1-9]/) });
      key = reached;
    }
    expect(key).toMatch(/^assign /);
    await page.keyboard.press('Enter');
    await page.keyboard.type('Kim by keyboard');
    await page.keyboard.press('Enter');
    await page.locator('#exception-list > li', { hasText: 'Kim by keyboard' }).waitFor();
    await page.waitForSelector('#ask', { state: 'hidden' });
    expect((await focused()).key).toBe(key);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#ask', { state: 'hidden' });
    expect((await focused()).key).toBe(key);
    expect(page.problems).toEqual([]);
  });

  it('runs the example queries in GraphiQL, the live one included', async () => {
    await open('/graphiql');
    await page.locator('button.graphiql-execute-button').click();
    await page.locator('.result-window', { hasText: 'WH/OUT/' }).waitFor({ timeout: 20_000 });
    await page.locator('.graphiql-tab-button').nth(1).click();
    // GraphiQL reads the kind of operation a moment after the tab is shown.
    await page.waitForTimeout(500);
    await page.locator('button.graphiql-execute-button').click();
    await page.locator('.result-window', { hasText: '"cursor"' }).waitFor({ timeout: 20_000 });
    expect(page.problems).toEqual([]);
  });
});

interface Connection {
  route: WebSocketRoute;
  token?: string;
  /** The cursor that the subscription began after. */
  after?: string;
  /** Cursors of the milestones that were passed on to the page. */
  cursors: string[];
}

function record(route: WebSocketRoute): Connection {
  const connection: Connection = { route, cursors: [] };
  const server = route.connectToServer();
  route.onMessage((message) => {
    const parsed = JSON.parse(String(message)) as { type: string; payload?: { authorization?: string; variables?: { after: string } } };
    if (parsed.type === 'connection_init') connection.token = parsed.payload?.authorization ?? '';
    if (parsed.type === 'subscribe') connection.after = parsed.payload?.variables?.after ?? '';
    server.send(message);
  });
  server.onMessage((message) => {
    const parsed = JSON.parse(String(message)) as { type: string; payload?: { data?: { milestones: { cursor: string } } } };
    if (parsed.type === 'next') connection.cursors.push(parsed.payload!.data!.milestones.cursor);
    route.send(message);
  });
  return connection;
}

async function nth(connections: readonly Connection[], index: number): Promise<Connection> {
  await until(() => connections.length > index);
  return connections[index]!;
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Waited 30 s in vain: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
