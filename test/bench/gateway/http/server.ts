import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../../src/lib/config.js';
import { createLog } from '../../../../src/lib/log.js';
import { openServices } from '../../../../src/main.js';
import { BoardContext, boardSubgraphs } from '../subgraphs.js';
import { servers } from './servers.js';

/** One server in a process of its own, by the name on the command line. Tells its address and a token that it takes. */
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.once('disconnect', () => process.exit());

const config = readConfig({ GATEHOUSE_DATA: folder, GATEHOUSE_SANDBOX: 'off', NODE_ENV: 'production' });
const log = createLog(config.logLevel);
const { tokens } = await openServices(config, log, { supervise: false });
await tokens.serve((error) => log.error({ err: error }, 'revocations could not be read'));
const url = await servers[process.argv[2]!]!({
  subgraphs: await boardSubgraphs(),
  log,
  contextOf: async (authorization) => new BoardContext(await tokens.authenticate(authorization)),
});
process.send!({ url, token: await tokens.create({ role: 'operator', ttl: 24 * 3600 }) });
