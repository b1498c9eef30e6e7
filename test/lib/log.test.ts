import { Writable } from 'node:stream';
import { PGlite } from '@electric-sql/pglite';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { logOptions } from '../../src/lib/log.js';

const database = new PGlite();
afterAll(() => database.close());

it('a line about a statement that failed holds none of its values', async () => {
  let logged = '';
  const log = pino(logOptions('info'), new Writable({ write: (chunk: Buffer, _encoding, done) => ((logged += chunk.toString()), done()) }));
  await database.exec('create table t (a text, b int check (b > 0))');
  await database.query('insert into t values ($1, $2)', ['canary of a value', -1]).catch((error: unknown) => log.error({ err: error }, 'a statement failed'));
  expect(logged).toContain('violates check constraint');
  expect(logged).not.toContain('canary');
});
