import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planConnector } from '../../src/cli/new-connector/plan.js';
import { withRegistryLine } from '../../src/cli/new-connector/registry-line.js';
import { writeConnector } from '../../src/cli/new-connector/write.js';
import { GatehouseError } from '../../src/lib/errors.js';
import { packageRoot } from '../../src/lib/package-root.js';

const run = promisify(execFile);

/** What a child process says and how it ended. */
async function said(command: string, args: string[], cwd: string): Promise<{ code: number; text: string }> {
  try {
    const { stdout, stderr } = await run(command, args, { cwd, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, NO_COLOR: '1' } });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

interface Report {
  testResults: Array<{ message: string; assertionResults: Array<{ ancestorTitles: string[]; status: string; fullName: string; failureMessages: string[] }> }>;
}

describe('a new connector', () => {
  let copy: string;
  const plans = [
    planConnector({ id: 'acme-parcels', title: 'Acme Parcels', receive: 'webhook,poll', do: 'track,quote,book,cancel,return,manifest,pickup' }),
    planConnector({ id: 'bare' }),
    planConnector({ id: 'signed', auth: 'standard-webhooks', do: 'quote' }),
    planConnector({ id: 'zz-files', receive: 'file' }),
  ];

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'gatehouse-new-connector-'));
    for (const path of ['package.json', 'tsconfig.json', 'src', 'test/tsconfig.json', 'test/connectors', 'test/fixtures', 'test/support']) cpSync(join(packageRoot, path), join(copy, path), { recursive: true });
    symlinkSync(join(packageRoot, 'node_modules'), join(copy, 'node_modules'));
    writeFileSync(join(copy, 'vitest.config.ts'), `export default { test: { include: ['test/connectors/conformance.test.ts'], testTimeout: 120_000, hookTimeout: 240_000 } };`);
    for (const plan of plans) writeConnector(copy, plan);
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('is one import and one entry of the registry more', () => {
    const [before, after] = [packageRoot, copy].map((root) => readFileSync(join(root, 'src/connectors/registry.ts'), 'utf8').split('\n'));
    expect(after!.filter((line) => !before!.includes(line)).sort()).toEqual([
      '  [acmeParcels.id, acmeParcels],', '  [bare.id, bare],', '  [signed.id, signed],', '  [zzFiles.id, zzFiles],',
      ...plans.map(({ id, name }) => `import { ${name} } from './${id}/index.js';`),
    ].sort());
  });

  it('typechecks at once, with its sample', async () => {
    writeFileSync(join(copy, 'tsconfig.check.json'), JSON.stringify({
      extends: './tsconfig.json', compilerOptions: { noEmit: true, composite: false, lib: ['es2024', 'esnext.disposable', 'dom'] }, references: [],
      include: ['src/connectors/**/*.ts', 'test/connectors/conformance*.ts', ...plans.map(({ id }) => `test/fixtures/${id}/*.ts`)],
    }));
    const { text } = await said(process.execPath, ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.check.json', '--listFiles'], copy);
    const lines = text.split('\n');
    const written = new RegExp(`(connectors|fixtures)/(${plans.map(({ id }) => id).join('|')})/|connectors/registry\\.ts`);
    expect(lines.filter((line) => /\.ts$/.test(line) && written.test(line)).length).toBeGreaterThan(30);
    // What is wrong elsewhere in the project is another test's to say.
    expect(lines.filter((line) => line.includes(': error ') && written.test(line))).toEqual([]);
  });

  it('fails its conformance suite, and every failure says what to fill in', async () => {
    const names = plans.map(({ id }) => `the connector ${id} `).join('|');
    await said(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '-t', names, '--reporter=json', '--outputFile=report.json', '--config=vitest.config.ts'], copy);
    const report = JSON.parse(readFileSync(join(copy, 'report.json'), 'utf8')) as Report;
    expect(report.testResults.map(({ message }) => message)).toEqual(['']); // the file itself was read, other connectors' suites with it
    const failed = report.testResults[0]!.assertionResults.filter(({ status }) => status === 'failed');
    for (const { id } of plans) expect([id, failed.filter(({ fullName }) => fullName.includes(`the connector ${id} `)).length > 0]).toEqual([id, true]);
    expect(failed.flatMap(({ fullName, failureMessages }) => failureMessages.filter((message) => !/Fill in (src|test)\/[\w./-]+: /.test(message)).map((message) => `${fullName}: ${message}`))).toEqual([]);
    expect(failed.map(({ ancestorTitles }) => ancestorTitles[0]).filter((title) => !plans.some(({ id }) => title === `the connector ${id}`))).toEqual([]);
  });

  it('refuses a name that is taken, and then writes nothing', () => {
    expect(() => writeConnector(copy, planConnector({ id: 'easypost' }))).toThrow(GatehouseError);
    expect(() => withRegistryLine(readFileSync(join(copy, 'src/connectors/registry.ts'), 'utf8'), planConnector({ id: 'bare' }))).toThrow('There is a connector bare already.');
  });

  it.each([['Acme'], ['1st'], ['a--b'], ['kit'], ['../x'], ['a'.repeat(41)]])('refuses the name %s', (id) => {
    expect(() => planConnector({ id })).toThrow(GatehouseError);
  });

  it('says which words an option takes', () => {
    expect(() => planConnector({ id: 'acme', do: 'track,fly' })).toThrow('--do does not know fly. It takes track, quote, book, cancel, return, manifest, pickup');
    expect(() => planConnector({ id: 'acme', receive: '' })).toThrow('--receive takes webhook, poll, file');
  });
});
