import { runMeasures } from '../support/measurements.js';
import { chaosCarriers } from './carriers/index.js';
import { chaosEdi } from './edi/index.js';
import { chaosFuzz } from './fuzz/index.js';
import { chaosIngest } from './ingest/index.js';
import { chaosLive } from './live/index.js';
import { chaosOdoo } from './odoo/index.js';
import { chaosShops } from './shops/index.js';
import { chaosYard } from './yard/index.js';

await runMeasures('chaos', { carriers: chaosCarriers, edi: chaosEdi, fuzz: chaosFuzz, ingest: chaosIngest, live: chaosLive, odoo: chaosOdoo, shops: chaosShops, yard: chaosYard }, process.argv.slice(2));
process.exit();
