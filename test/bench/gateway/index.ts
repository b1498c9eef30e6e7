import type { Measurement } from '../../support/measurements.js';
import { measureOverHttp } from './http/index.js';
import { measureInProcess } from './in-process.js';

/** Board queries a second, against published gateways on the same subgraphs: in process, then over HTTP. */
export async function measureGateway(): Promise<Measurement[]> {
  return [...(await measureInProcess()), ...(await measureOverHttp())];
}
