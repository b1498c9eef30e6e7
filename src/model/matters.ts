import { titleText } from '../lib/storable-text.js';
import type { Release } from './facts.js';
import { endOfWarehouseMatter, warehouseMatterKinds, warehouseMatters, type MatterTransfer, type WarehouseMatterKind } from './warehouse-matters.js';
import { codeRow, type Classifier, type ExceptionClass, type MilestoneCode, type Severity, type ShipmentStatus } from './milestones.js';

/** Something about a shipment that people should see to, as long as what is known of it says so. */
export interface Matter {
  kind: MatterKind;
  /** With the kind it names the matter: the same one has the same name, however often it is noticed. */
  about: string;
  class: ExceptionClass;
  severity: Severity;
  title: string;
  detail: string;
  /** The reference under which it was reported; the matter follows it to another shipment. */
  sourceSubject?: string;
  rawId?: string;
}

/** Kinds of exceptions that follow from the state of a shipment: opened and closed with it. */
export const matterKinds = ['UNMATCHED', 'CONFLICT', 'NOT_RELEASED', 'MILESTONE', ...warehouseMatterKinds] as const;
export type MatterKind = (typeof matterKinds)[number];

/** What matters of a shipment are read from. */
export interface MatterShipment {
  id: string;
  status: ShipmentStatus;
  provisional: boolean;
  reference: string | null;
  /** Ends that exclude each other; null when none do. */
  conflict: string | null;
  release: Release | null;
}

/** A milestone that stands. */
export interface MatterMilestone {
  factGroup: string;
  subject: string;
  code: MilestoneCode;
  classifier: Classifier;
  exceptionClass: ExceptionClass | null;
  rawCode: string | null;
  rawText: string | null;
  rawId: string | null;
}

/** Classes that stay open after a delivery: the goods arrived, the harm remains. */
const outliving: readonly ExceptionClass[] = ['DAMAGE', 'LOSS', 'DATA'];

/** The matters that are open as far as the facts go. Pure; the same for every order of the milestones. */
export function mattersOf(shipment: MatterShipment, milestones: readonly MatterMilestone[], transfers: readonly MatterTransfer[] = []): Matter[] {
  return [...unmatched(shipment), ...conflict(shipment), ...notReleased(shipment), ...milestones.flatMap((milestone) => reported(shipment, milestone)), ...transfers.flatMap(warehouseMatters)];
}

/** Why a matter that was open is none any more, in words for people. */
export function endOfMatter(kind: MatterKind, status: ShipmentStatus): string {
  switch (kind) {
    case 'UNMATCHED':
      return 'A delivery now carries this name.';
    case 'CONFLICT':
      return 'The reports no longer contradict each other.';
    case 'NOT_RELEASED':
      return 'The delivery is released, or needs it no longer.';
    case 'MILESTONE':
      return status === 'DELIVERED' ? 'The shipment was delivered.' : 'The report behind it was corrected or taken back.';
    default:
      return endOfWarehouseMatter[kind satisfies WarehouseMatterKind];
  }
}

function unmatched({ id, provisional, reference }: MatterShipment): Matter[] {
  if (!provisional) return [];
  const name = reference ?? 'A shipment without a name';
  return [{
    kind: 'UNMATCHED', about: id, class: 'DATA', severity: 'LOW', title: titleText(`${name} matches no delivery`),
    detail: titleText(`${name} was reported, and no delivery of Odoo carries that name yet. It joins the right one as soon as that names it.`, 2_000),
  }];
}

function conflict({ id, conflict: ends }: MatterShipment): Matter[] {
  if (ends === null) return [];
  return [{
    kind: 'CONFLICT', about: id, class: 'DATA', severity: 'HIGH', title: `Reports contradict each other: ${ends}`,
    detail: 'Two reports give ends that exclude each other. Both are kept; the later one decides the status until one is taken back.',
  }];
}

/** Odoo's checks before transport: what blocks a delivery, until it is mended there. */
function notReleased({ id, release }: MatterShipment): Matter[] {
  if (release === null || release.ready || release.blocked.length === 0) return [];
  const isAddress = release.blocked.some(({ check }) => check === 'address');
  return [{
    kind: 'NOT_RELEASED', about: id, class: isAddress ? 'ADDRESS' : 'SHIPPER', severity: 'MEDIUM', title: 'Not released to transport',
    detail: release.blocked.map(({ reason }) => reason).join('\n'),
  }];
}

function reported(shipment: MatterShipment, milestone: MatterMilestone): Matter[] {
  const raises = codeRow(milestone.code).raises;
  if (raises === undefined || milestone.classifier !== 'ACTUAL') return [];
  const exceptionClass = milestone.exceptionClass ?? raises.class;
  // A delay ended with the delivery, also one that is reported late.
  if (shipment.status === 'DELIVERED' && !outliving.includes(exceptionClass)) return [];
  return [{
    kind: 'MILESTONE', about: milestone.factGroup, class: exceptionClass, severity: raises.severity, title: milestone.code,
    detail: milestone.rawText ?? milestone.rawCode ?? milestone.code, sourceSubject: milestone.subject,
    ...(milestone.rawId === null ? {} : { rawId: milestone.rawId }),
  }];
}

