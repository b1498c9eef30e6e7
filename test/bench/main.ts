import 'reflect-metadata';
import { runMeasures } from '../support/measurements.js';
import { measureGateway } from './gateway/index.js';
import { measureIngest } from './ingest/index.js';

await runMeasures('bench', { ingest: measureIngest, gateway: measureGateway }, process.argv.slice(2));
process.exit();
