import { runMeasures } from '../support/measurements.js';
import { measureIngest } from './ingest/index.js';

await runMeasures('bench', { ingest: measureIngest }, process.argv.slice(2));
process.exit();
