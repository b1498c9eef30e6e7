import { describe } from 'vitest';
import { connectors } from '../../src/connectors/registry.js';
import { conformance, type ConnectorSample } from './conformance.js';
import { outboundConformance } from './conformance-outbound.js';
import { pollConformance } from './conformance-poll.js';

for (const connector of connectors.values()) {
  const { sample } = (await import(`../fixtures/${connector.id}/sample.ts`)) as { sample: ConnectorSample };
  describe(`the connector ${connector.id}`, () => {
    conformance(connector, sample);
    const { outbound, poll } = sample;
    if (poll !== undefined) describe('looking at its source', () => pollConformance(connector, poll));
    if (outbound !== undefined) describe('calling out', () => outboundConformance(connector, outbound));
    else if (sample.asksNobody !== true && (connector.quote !== undefined || connector.capabilities.includes('book'))) throw new Error(`${connector.id} calls carriers: its sample gives \`outbound\`.`);
  });
}
