import type { Anomaly } from '../../model/facts.js';
import type { FactSet } from '../kit/fact-set.js';
import type { ShipHeroSettings } from './settings.js';

/** What readers of the webhooks are handed. */
export interface Reading {
  connection: string;
  receivedAt: string;
  zone: string;
  settings: ShipHeroSettings;
  facts: FactSet;
  anomalies: Anomaly[];
}
