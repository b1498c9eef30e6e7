import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchedFolders } from '../../src/cli/commands/doctor-folders.js';
import { encodeName, isUnfinished, processedName } from '../../src/jobs/tasks/file-names.js';
import { watchFolders } from '../../src/jobs/tasks/watch-folders.js';
import { describeOnEachDatabase, testServices } from '../support/databases.js';
import { eventually } from '../support/requests.js';
import { bodyText } from '../support/raw-bodies.js';

describe('a file name', () => {
  it.each([['three-stops.edi', 'three-stops.edi'], ['a b%.edi', 'a%20b%25.edi'], ['Größe.edi', encodeURIComponent('Größe.edi')]])('%s is kept as %s', (name, encoded) => expect(encodeName(Buffer.from(name))).toBe(encoded));

  it('that is no UTF-8 is kept byte for byte', () => expect(encodeName(Buffer.from([0x47, 0x72, 0xf6, 0xdf, 0x65]))).toBe('Gr%F6%DFe'));

  it.each([['.hidden', true], ['a.edi.part', true], ['a.edi.PART', true], ['a.filepart', true], ['a.tmp', true], ['a.edi~', true], ['a.edi', false], ['part', false], ['a.part.edi', false], ['tmp.edi', false]])('%s says that the file is not whole: %s', (name, expected) => expect(isUnfinished(Buffer.from(name))).toBe(expected));

  it('that is too long keeps its end, in whole characters', () => {
    const moved = processedName(Buffer.from('ö'.repeat(127)), 1_700_000_000_000);
    expect(moved.length).toBeLessThanOrEqual(255);
    expect(moved.toString()).toMatch(/^1700000000000-ö+$/);
  });
});

describeOnEachDatabase('a watched folder', (kind) => {
  let services: Awaited<ReturnType<typeof testServices>>;
  let folder: string;
  let watch: { stop(): Promise<void> };
  beforeAll(async () => {
    services = await testServices(kind);
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-folder-'));
    await services.connections.add({ id: 'files', connector: 'x12', company: 'main', settings: { folder }, secrets: {} });
    watch = watchFolders(services.tasks);
  });
  afterAll(async () => {
    await watch?.stop();
    await services?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const bodies = async () => (await services.database.kysely.selectFrom('inbox').select(['id', 'headers', 'body']).execute()).map((row) => [row.headers!['x-gatehouse-file'], bodyText(services.tasks.bodies, row)] as const);
  const bodyOf = async (name: string) => new Map(await bodies()).get(name);
  const shortly = (ms: number) => new Promise((next) => setTimeout(next, ms));

  it('gives a file whose name is no UTF-8, and moves it away under its name', async () => {
    const name = Buffer.from([0x47, 0x72, 0xf6, 0xdf, 0x65, 0x2e, 0x65, 0x64, 0x69]);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), 'latin-1 name');
    await eventually(() => bodyOf('Gr%F6%DFe.edi'), (body) => body === 'latin-1 name');
    await eventually(async () => readdirSync(join(folder, 'processed'), { encoding: 'buffer' }), (files) => files.some((file) => file.subarray(-name.length).equals(name)));
    expect(readdirSync(folder).sort()).toEqual(['failed', 'processed']);
  });

  it('moves files that are too large away under names of their own, and tells people of each', async () => {
    const large = Buffer.alloc(services.config.maxBodyBytes + 1, 'x');
    mkdirSync(join(folder, 'failed'), { recursive: true });
    writeFileSync(join(folder, 'failed', 'large.edi'), 'an earlier one');
    const aside = () => readdirSync(join(folder, 'failed')).filter((name) => /-(large|other)\.edi$/.test(name));
    for (const name of ['large.edi', 'other.edi']) writeFileSync(join(folder, name), large);
    await eventually(async () => aside(), (names) => names.length === 2);
    expect(readFileSync(join(folder, 'failed', 'large.edi'), 'utf8')).toBe('an earlier one');
    const raised = () => services.database.kysely.selectFrom('exception').select(['title', 'detail', 'state']).where('kind', '=', 'FILE_TOO_LARGE').where('source_subject', '=', 'connection:files').execute();
    const exceptions = await eventually(raised, (rows) => rows.length === 2);
    for (const name of aside()) expect(exceptions).toContainEqual(expect.objectContaining({ state: 'OPEN', title: expect.stringContaining(name.replace(/^\d+-/, '')), detail: expect.stringMatching(new RegExp(`${large.length} bytes.*${services.config.maxBodyBytes}.*${name}`)) }));
  });

  it('that does not exist is not made, doctor says so, and it is read once it is there', async () => {
    const missing = join(folder, 'sub', 'missing');
    await services.connections.add({ id: 'missing', connector: 'x12', company: 'main', settings: { folder: missing }, secrets: {} });
    expect(await watchedFolders(services)).toEqual([
      { ok: true, text: `files watches ${folder}.` },
      { ok: false, text: expect.stringContaining(`The folder ${missing} that missing watches does not exist`) },
    ]);
    // By the time this one is read, the missing one was looked at, too.
    writeFileSync(join(folder, 'while-missing.edi'), 'while it is missing');
    await eventually(() => bodyOf('while-missing.edi'), (body) => body !== undefined);
    expect(existsSync(join(folder, 'sub'))).toBe(false);
    mkdirSync(missing, { recursive: true });
    writeFileSync(join(missing, 'late.edi'), 'it is there');
    await eventually(() => bodyOf('late.edi'), (body) => body === 'it is there');
    // It is kept first and moved then.
    await eventually(async () => readdirSync(missing).sort().join(), (names) => names === 'failed,processed');
    expect((await watchedFolders(services)).map(({ ok }) => ok)).toEqual([true, true]);
    rmSync(join(folder, 'sub'), { recursive: true });
  });

  it('waits for a sender that pauses for four seconds, and for one that keeps the size and the time as they were', async () => {
    const path = join(folder, 'paused.edi');
    const overwritten = join(folder, 'overwritten.edi');
    const time = new Date('2026-03-05T10:00:00Z');
    writeFileSync(path, 'one ');
    writeFileSync(overwritten, 'aaaa');
    utimesSync(overwritten, time, time);
    for (const part of ['two ', 'three']) {
      await shortly(4_000);
      appendFileSync(path, part);
      writeFileSync(overwritten, part === 'three' ? 'cccc' : 'bbbb');
      utimesSync(overwritten, time, time);
    }
    await eventually(() => bodyOf('paused.edi'), (body) => body !== undefined);
    expect(await bodyOf('paused.edi')).toBe('one two three');
    await eventually(() => bodyOf('overwritten.edi'), (body) => body !== undefined);
    expect(await bodyOf('overwritten.edi')).toBe('cccc');
  });

  it('leaves what its name says is not whole, until it is renamed', async () => {
    for (const name of ['a.edi.part', '.b.edi', 'c.edi.tmp']) writeFileSync(join(folder, name), name);
    await shortly(9_000);
    expect((await bodies()).filter(([name]) => /part|\.b|tmp/.test(name!))).toEqual([]);
    renameSync(join(folder, 'a.edi.part'), join(folder, 'a.edi'));
    await eventually(() => bodyOf('a.edi'), (body) => body === 'a.edi.part');
    expect(existsSync(join(folder, '.b.edi')) && existsSync(join(folder, 'c.edi.tmp'))).toBe(true);
  });
});
