import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { packageRoot } from '../../src/lib/package-root.js';

/** Where distributions put Chromium; null where there is none. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path)) ?? null;

export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(join(packageRoot, 'dist', 'src', 'control-room', 'main.js'))) throw new Error('The pages are not compiled. Run npm run build first.');
  return chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking', '--disable-component-update'] });
}

/** A page that takes note of everything that goes wrong in it: script errors, policy violations, failed requests. */
export async function openPage(browser: Browser, options: { width?: number; height?: number } = {}): Promise<Page & { problems: string[] }> {
  const context = await browser.newContext({ viewport: { width: options.width ?? 1280, height: options.height ?? 800 }, timezoneId: 'Europe/Berlin', locale: 'en-GB' });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text().slice(0, 300)}`);
  });
  return Object.assign(page, { problems });
}
