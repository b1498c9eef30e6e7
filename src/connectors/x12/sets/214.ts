import { readShipments } from './214-shipments.js';
import { statusFacts } from './214-statuses.js';
import type { SetReader } from './set.js';

/** 214, shipment status: milestones and estimates of shipments. */
export const set214: SetReader = {
  type: '214',
  functionalId: 'QM',
  read(set, { interchange, name, observedAt, zone, facts, anomalies }) {
    const { shipments, nameless, invalid } = readShipments(set, interchange);
    for (const why of nameless) anomalies.push({ kind: 'NO_REFERENCE', message: `${name}: statuses were left out, for nothing says which shipment they are of: ${why}.`, severity: 'HIGH' });
    for (const why of invalid) anomalies.push({ kind: 'FIELD_INVALID', message: `${name}: ${why}. The field was left out.`, severity: 'MEDIUM' });
    for (const shipment of shipments) {
      for (const detail of shipment.details) {
        for (const fact of statusFacts(detail, shipment, { observedAt, zone }, anomalies)) facts.add(fact);
      }
    }
  },
};
