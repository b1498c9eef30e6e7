import { GatehouseError } from '../../lib/errors.js';
import type { FreeSlot, SlotNeed } from './slots.js';

/** For what a time was asked. */
export interface WantedSlot {
  facilityId: string;
  /** Milliseconds UTC. */
  fromMs: number;
  need: SlotNeed;
  /** Rules for outsiders hold. */
  isOutsider: boolean;
}

/** A time that was asked for cannot be had; others that can be, the nearest first. */
export class SlotTaken extends GatehouseError {
  readonly wanted: WantedSlot;
  readonly alternatives: readonly FreeSlot[];

  constructor(message: string, field: string, wanted: WantedSlot, alternatives: readonly FreeSlot[] = []) {
    super('SLOT_TAKEN', message, { field });
    this.wanted = wanted;
    this.alternatives = alternatives;
  }
}
