import { runMeasures } from '../support/measurements.js';
import { chaosIngest } from './ingest/index.js';

await runMeasures('chaos', { ingest: chaosIngest }, process.argv.slice(2));
process.exit();
