import 'reflect-metadata';
import { runMeasures } from '../support/measurements.js';
import { measureBoard } from './board/index.js';
import { measureEdi } from './edi/index.js';
import { measureFanout } from './fanout/index.js';
import { measureGateway } from './gateway/index.js';
import { measureGrowth } from './growth/index.js';
import { measureIngest } from './ingest/index.js';
import { measureLabels } from './labels/index.js';
import { measureLatency } from './latency/index.js';
import { measureVisibility } from './visibility/index.js';

await runMeasures('bench', { ingest: measureIngest, gateway: measureGateway, board: measureBoard, edi: measureEdi, growth: measureGrowth, fanout: measureFanout, latency: measureLatency, labels: measureLabels, visibility: measureVisibility }, process.argv.slice(2));
process.exit();
