import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withFiles } from '../../src/cli/program/setting-files.js';

describe('settings from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-settings-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('stand behind those that were given as text, whole', async () => {
    const path = join(folder, 'a=b.csv');
    writeFileSync(path, 'zone,country\nDE1,DE\n');
    expect(await withFiles({ id: 'acme', set: ['orders=csv'], file: [`zones=${path}`] })).toEqual({ id: 'acme', set: ['orders=csv', 'zones=zone,country\nDE1,DE\n'] });
    expect(await withFiles({ id: 'acme' })).toEqual({ id: 'acme', set: [] });
  });

  it('are refused by their name where the file cannot be read, or none is named', async () => {
    await expect(withFiles({ file: [`zones=${join(folder, 'none')}`] })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/^zones: the file cannot be read/) });
    await expect(withFiles({ file: ['zones'] })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});
