import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testServer, type TestServer } from '../support/databases.js';
import { freePort } from '../support/free-port.js';
import { addConnections } from '../support/partners.js';
import { chromiumPath, launchBrowser, openPage } from './browser.js';

describe.skipIf(chromiumPath === null)(`the control room in a frame of Odoo${chromiumPath === null ? ' (skipped: Chromium is not installed)' : ''}`, () => {
  let server: TestServer;
  let odoo: Server;
  let stranger: Server;
  let browser: Browser;
  let page: Page & { problems: string[] };
  let token: string;
  const asked: string[] = [];

  beforeAll(async () => {
    const port = await freePort();
    server = await testServer('embedded', { GATEHOUSE_FRAME_ORIGINS: `http://127.0.0.1:${port}` });
    await addConnections(server);
    token = await server.tokens.create({ role: 'operator', subject: 'odoo:erp:7', ttl: 3600 });
    odoo = await around(port);
    stranger = await around(0);
    browser = await launchBrowser();
  });
  afterEach(async () => page?.context().close());
  afterAll(async () => {
    await browser?.close();
    odoo?.close();
    stranger?.close();
    await server?.remove();
  });

  /** A page of another origin with the control room in a frame, which hands it the token when it asks, as the addon does. */
  async function around(port: number): Promise<Server> {
    const script = `addEventListener('message', (event) => {
      const frame = document.querySelector('iframe').contentWindow;
      if (event.source !== frame || event.origin !== ${JSON.stringify(server.url)} || event.data?.type !== 'gatehouse:token-wanted') return;
      frame.postMessage({ type: 'gatehouse:token', token: ${JSON.stringify(token)}, seconds: 120 }, ${JSON.stringify(server.url)});
    });`;
    const host = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'text/html').end(`<script>${script}</script><iframe src="${server.url}/?embedded" width="1200" height="700"></iframe>`);
    });
    await new Promise<void>((resolve) => void host.listen(port, '127.0.0.1', resolve));
    return host;
  }

  const urlOf = (host: Server) => `http://127.0.0.1:${(host.address() as AddressInfo).port}/`;

  it('is signed in by the page around it, and goes live', async () => {
    page = await openPage(browser);
    await page.goto(urlOf(odoo));
    const frame = page.frameLocator('iframe');
    await frame.locator('#connection[data-state="live"]').waitFor({ timeout: 20_000 });
    expect(await frame.locator('#sign-in').isVisible()).toBe(false);
    expect(await frame.locator('#banner').isVisible()).toBe(false);
    expect(page.problems).toEqual([]);
  });

  it('keeps the token out of every address and out of what the browser stores', async () => {
    page = await openPage(browser);
    await page.goto(urlOf(odoo));
    await page.frameLocator('iframe').locator('#connection[data-state="live"]').waitFor({ timeout: 20_000 });
    const frame = page.frames().find((each) => each.url().startsWith(server.url))!;
    expect(frame.url()).not.toContain(token);
    // Browsers that keep frames of other origins apart refuse them storage altogether.
    expect(await frame.evaluate('(() => { try { return JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]); } catch (error) { return error.name; } })()')).not.toContain(token);
    expect(asked.join(' ')).not.toContain(token);
  });

  it('is shown in no frame of another origin', async () => {
    page = await openPage(browser);
    await page.goto(urlOf(stranger));
    await expect.poll(() => page.problems.join(' '), { timeout: 20_000 }).toContain('frame-ancestors');
    expect(await page.frameLocator('iframe').locator('#board').count()).toBe(0);
  });

  it('is framed by nobody where it is not asked for as a frame', async () => {
    const framed = await fetch(`${server.url}/?embedded`);
    const alone = await fetch(`${server.url}/`);
    expect(framed.headers.get('x-frame-options')).toBeNull();
    expect(framed.headers.get('content-security-policy')).toContain(`frame-ancestors ${urlOf(odoo).slice(0, -1)};`);
    expect(alone.headers.get('x-frame-options')).toBe('DENY');
    expect(alone.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect((await fetch(`${server.url}/graphiql?embedded`)).headers.get('x-frame-options')).toBe('DENY');
  });
});
