import 'reflect-metadata';
import type { Inbox } from '../../../src/events/inbox.js';
import { ingestRoutes } from '../../../src/http/ingest.js';
import { openPartnerAnswers } from '../../../src/jobs/tasks/partner-answers.js';
import { IngestLimits } from '../../../src/http/rate-limits.js';
import { Rejections } from '../../../src/http/rejections.js';
import { createServer } from '../../../src/http/server.js';
import { readConfig } from '../../../src/lib/config.js';
import { uuidv7 } from '../../../src/lib/ids.js';
import { createLog } from '../../../src/lib/log.js';
import { openServices } from '../../../src/main.js';

/**
 * The limit that ingest is measured against: the same server, route, connection and verification,
 * and an inbox that answers at once without storing. A process of its own.
 */
const config = readConfig();
const log = createLog(config.logLevel);
const services = await openServices(config, log, { supervise: false });
const inbox: Pick<Inbox, 'receive'> = { receive: async () => ({ id: uuidv7(), duplicate: false, correlationId: uuidv7() }) };
const app = createServer({ log, maxBodyBytes: config.maxBodyBytes });
ingestRoutes(app, { connections: services.connections, inbox: inbox as Inbox, rejections: new Rejections(services.database.kysely, log), limits: new IngestLimits(100_000_000), answers: openPartnerAnswers(services.tasks) });
await app.listen({ host: config.host, port: config.port });
process.send!('ready');
process.once('disconnect', () => process.exit());
