import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { globalId } from '../../../lib/ids.js';
import type { EquipmentStep as EquipmentRecord, Finding as FindingRecord, HandlingCount as CountRecord } from '../../../model/yard/records.js';
import type { GraphContext } from '../../shared/context.js';
import { pageOfValues, pageTypes, type Page } from '../../shared/pages.js';
import { needs } from '../../shared/scopes.js';
import { Visit } from '../types.js';
import { VisitDriver, EquipmentStep, Finding, HandlingCount, Seals } from './types.js';

export const HandlingCountConnection = pageTypes('HandlingCount', () => HandlingCount);
export const FindingConnection = pageTypes('Finding', () => Finding);

/** What was recorded of a visit beside its times. */
@Resolver(() => Visit)
export class VisitFieldResolver {
  @FieldResolver(() => Seals, { nullable: true })
  seals(@Root() { sealNumbers }: Visit): Seals | null {
    return sealNumbers;
  }

  @FieldResolver(() => HandlingCountConnection, { nullable: true, description: 'In the order in which they were counted.' })
  counts(@Root() visit: Visit, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<HandlingCount> {
    return pageOfValues((visit.countRecords ?? []).map(countOf), first, after);
  }

  @FieldResolver(() => FindingConnection, { nullable: true, description: 'In the order in which they were found.' })
  findings(@Root() visit: Visit, @Arg('first', () => Int) first: number, @Arg('after', () => String, { nullable: true }) after?: string): Page<Finding> {
    return pageOfValues((visit.findingRecords ?? []).map(findingOf), first, after);
  }

  @FieldResolver(() => [EquipmentStep], { description: 'Trailers that it left and took up, in that order.' })
  equipment(@Root() visit: Visit): EquipmentStep[] {
    return (visit.equipmentRecords ?? []).map(equipmentOf);
  }

  @needs('personal:read')
  @FieldResolver(() => VisitDriver, { nullable: true, description: 'Null where nobody said, or it was erased.' })
  async driver(@Root() visit: Visit, @Ctx() { people }: GraphContext): Promise<VisitDriver | null> {
    if (visit.sealedDriver === null || visit.personalDataId === null) return null;
    const { name, phone, licence } = await people.open({ kind: 'visit', partyId: visit.uuid, personalDataId: visit.personalDataId, sealed: visit.sealedDriver });
    return { name: name ?? null, phone: phone ?? null, licence: licence ?? null };
  }
}

function countOf({ reference, product, lot, unit, quantity, at }: CountRecord): HandlingCount {
  return { reference: reference ?? null, product: product ?? null, lot: lot ?? null, unit, quantity, at: at.instant };
}

function findingOf({ id, kind, reference, product, quantity, unit, note, photos, at }: FindingRecord): Finding {
  return { id, kind, reference: reference ?? null, product: product ?? null, quantity: quantity ?? null, unit: unit ?? null, note: note ?? null, photos: photos.map((photo) => globalId('Document', photo)), at: at.instant };
}

function equipmentOf({ action, trailer, at, place, load }: EquipmentRecord): EquipmentStep {
  return { action, trailer, at: at.instant, place: place ?? null, load: load ?? 'UNKNOWN' };
}
