import { runMeasures } from '../support/measurements.js';
import { chaosIngest } from './ingest/index.js';
import { chaosOdoo } from './odoo/index.js';

await runMeasures('chaos', { ingest: chaosIngest, odoo: chaosOdoo }, process.argv.slice(2));
process.exit();
