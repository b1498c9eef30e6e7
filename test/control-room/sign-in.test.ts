import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testServer, type TestServer } from '../support/databases.js';
import { addConnections, delivery, odooBatch, order, party, postEasypost, postOdoo, tracker } from '../support/partners.js';
import { chromiumPath, launchBrowser, openPage } from './browser.js';

const markup = '<img src=x onerror=document.title="taken">';

describe.skipIf(chromiumPath === null)(`the control room without the sandbox${chromiumPath === null ? ' (skipped: Chromium is not installed)' : ''}`, () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page & { problems: string[] };
  let token: string;

  beforeAll(async () => {
    server = await testServer('embedded');
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', subject: 'ann', ttl: 3600 });
    browser = await launchBrowser();
  });
  afterEach(async () => page?.context().close());
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  async function signIn(): Promise<void> {
    page = await openPage(browser);
    await page.goto(server.url);
    await page.fill('#token', token);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#board', { state: 'visible' });
  }

  it('asks for a token and says how to make one', async () => {
    page = await openPage(browser);
    await page.goto(server.url);
    await page.waitForSelector('#sign-in', { state: 'visible' });
    expect(await page.locator('#sign-in').innerText()).toContain('npm run --silent gatehouse -- token create --role operator');
    expect(await page.locator('#board').isVisible()).toBe(false);
    await page.fill('#token', 'not-a-token');
    await page.keyboard.press('Enter');
    await page.locator('#sign-in-error', { hasText: 'does not take this token' }).waitFor();
  });

  it('names the next step while there is no shipment, shows the first one live, and keeps the token over a reload', async () => {
    await signIn();
    await page.locator('#shipments-state', { hasText: 'gatehouse connection add' }).waitFor();
    await page.waitForSelector('#connection[data-state="live"]');
    await postOdoo(server, odooBatch(party(1), order(7, { customer: 1 }), delivery(7, { order: 7, customer: 1, tracking: '794600000001' })));
    await postEasypost(server, JSON.stringify(tracker('794600000001', [{ detail: 'departed_facility' }])));
    await page.waitForSelector('#shipment-rows > tr', { timeout: 20_000 });
    expect(await page.locator('#shipment-rows > tr').innerText()).toContain('WH/OUT/7');
    await page.reload();
    await page.waitForSelector('#shipment-rows > tr');
    expect(await page.locator('#banner').innerText()).toContain('Signed in as ann (operator)');
  });

  it('shows markup in data as text, in the row, the feed and the timeline', async () => {
    await signIn();
    await page.waitForSelector('#connection[data-state="live"]');
    await postOdoo(server, odooBatch(party(2), order(8, { customer: 2 }), delivery(8, { name: markup, order: 8, customer: 2, tracking: '794600000002' })));
    await postEasypost(server, JSON.stringify(tracker('794600000002', [{ status: 'failure', detail: 'refused', message: markup }])));
    await page.locator('#feed-list > li', { hasText: markup }).waitFor({ timeout: 20_000 });
    await page.locator('#exception-list > li', { hasText: markup }).first().waitFor({ timeout: 20_000 });
    await page.locator('#shipment-rows a', { hasText: markup }).click();
    await page.locator('.timeline q', { hasText: markup }).waitFor();
    expect(await page.locator('main img, aside img').count()).toBe(0);
    expect(await page.title()).toBe('Gatehouse control room');
  });

  it('forgets the token when one signs out', async () => {
    await signIn();
    await page.getByText('Sign out').click();
    await page.waitForSelector('#sign-in', { state: 'visible' });
    await page.reload();
    await page.waitForSelector('#sign-in', { state: 'visible' });
    expect(await page.locator('#board').isVisible()).toBe(false);
  });
});
