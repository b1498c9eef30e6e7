import { describe } from 'vitest';
import { connectors } from '../../src/connectors/registry.js';
import { conformance, type ConnectorSample } from './conformance.js';

for (const connector of connectors.values()) {
  const { sample } = (await import(`../fixtures/${connector.id}/sample.ts`)) as { sample: ConnectorSample };
  describe(`the connector ${connector.id}`, () => conformance(connector, sample));
}
