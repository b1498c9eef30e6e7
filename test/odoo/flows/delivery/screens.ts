import { chromiumPath, launchBrowser, openPage } from '../../../control-room/browser.js';
import type { Desk } from './desk.js';

/** In a browser: the timeline moves through Odoo's bus, and the control room stands in Odoo with the user's own rights. */
export async function screens(desk: Desk): Promise<void> {
  if (chromiumPath === null) {
    desk.told.push('skipped: Chromium is not installed');
    return;
  }
  const { delivery } = await desk.confirmed(1);
  await desk.actions.validate(delivery);
  const number = (await desk.labelled(delivery)).carrier_tracking_ref as string;
  const browser = await launchBrowser();
  try {
    const page = await openPage(browser);
    await page.goto(`${desk.url}/web/login`);
    await page.fill('input[name=login]', 'admin');
    await page.fill('input[name=password]', 'admin');
    await page.click('.oe_login_form button[type=submit], .oe_login_buttons button[type=submit]');
    await page.waitForSelector('.o_main_navbar');
    await page.goto(`${desk.url}/web#id=${delivery}&model=stock.picking&view_type=form`);
    await page.click(".o_notebook .nav-link[name='gatehouse_timeline']", { timeout: 60_000 });
    await page.waitForSelector('.o_gatehouse_timeline');
    const sent = Date.now();
    await desk.webhook(number, [{ status: 'out_for_delivery', detail: 'out_for_delivery', at: `${new Date().toISOString().slice(0, 19)}Z`, code: 'OD', message: 'On vehicle' }], { carrier: 'USPS', status: 'out_for_delivery' });
    await page.waitForSelector(".o_gatehouse_milestone[data-code='OUT_FOR_DELIVERY']", { timeout: 90_000 });
    desk.check('the milestone appears in the open form', true, true);
    desk.told.push(`from the carrier's webhook to the open form of Odoo: ${Date.now() - sent} ms`);
    await page.locator('.o_stat_value', { hasText: 'Out for delivery' }).waitFor({ timeout: 60_000 });

    const logged: string[] = [];
    page.on('request', (request) => logged.push(request.url()));
    await page.goto(`${desk.url}/web#action=gatehouse.control_room_action`);
    const frame = page.frameLocator('iframe');
    await frame.locator('#connection[data-state="live"]').waitFor({ timeout: 60_000 });
    await frame.locator('#shipment-rows > tr').first().waitFor({ timeout: 60_000 });
    desk.check('no address holds a token', logged.filter((url) => /eyJ|token=/.test(url)), []);
  } finally {
    await browser.close();
  }
}
