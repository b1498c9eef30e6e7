import type { ExceptionClass, Severity } from '../../../model/milestones.js';
import type { GateMatch } from '../../../model/yard/match-references.js';
import type { Finding, FindingKind, VisitRecord } from '../../../model/yard/records.js';
import type { YardMatter } from './yard-matters.js';

const findings: Readonly<Record<FindingKind, { class: ExceptionClass; severity: Severity; words: string }>> = {
  DAMAGED: { class: 'DAMAGE', severity: 'HIGH', words: 'Goods are damaged' },
  SHORT: { class: 'SHIPPER', severity: 'MEDIUM', words: 'Less came than is expected' },
  OVER: { class: 'SHIPPER', severity: 'MEDIUM', words: 'More came than is expected' },
  WRONG_GOODS: { class: 'SHIPPER', severity: 'MEDIUM', words: 'Other goods came than are expected' },
  WRONG_TRAILER: { class: 'CARRIER', severity: 'MEDIUM', words: 'Another trailer came than is expected' },
  SEAL_BROKEN: { class: 'SECURITY', severity: 'HIGH', words: 'A seal is broken' },
  SEAL_MISMATCH: { class: 'SECURITY', severity: 'HIGH', words: 'A seal is another than its papers say' },
  TEMPERATURE: { class: 'DAMAGE', severity: 'HIGH', words: 'Goods came outside of their temperature' },
};

interface About {
  /** Of the visit. */
  subject: string;
  company: string;
  /** Name of the facility. */
  facility: string;
}

/** What people should see of a visit as it is now, and what of it before they need see no more. */
export function mattersOfVisit(about: About, before: VisitRecord | null, after: VisitRecord, unmatched: GateMatch['unmatched']): YardMatter[] {
  const over = (before?.findings ?? []).filter(({ id }) => !(after.findings ?? []).some((finding) => finding.id === id));
  const unsaid = (before?.loads ?? []).filter((given) => after.loads?.includes(given) !== true);
  return [
    ...(after.findings ?? []).filter((finding) => isNew(finding, before) && !isToldOfShipments(finding, after)).map((finding) => findingMatter(about, finding, after)),
    ...over.map(({ id }): YardMatter => ({ kind: 'VISIT_FINDING', about: id, found: null })),
    ...unmatched.map((each) => mismatch(about, each, after)), ...unsaid.map((given): YardMatter => ({ kind: 'GATE_REFERENCE', about: `${about.subject} ${given}`, found: null })),
  ];
}

function isNew({ id }: Finding, before: VisitRecord | null): boolean {
  return before?.findings?.some((finding) => finding.id === id) !== true;
}

/** Damage to what is known to be on board is a milestone of the shipments, which raises it there. */
function isToldOfShipments({ kind }: Finding, { references = [], appointmentId }: VisitRecord): boolean {
  return kind === 'DAMAGED' && (references.length > 0 || appointmentId !== undefined);
}

function findingMatter({ subject, company, facility }: About, { id, kind, reference, product, quantity, unit, note, photos }: Finding, { truck, trailer }: VisitRecord): YardMatter {
  const { words, ...said } = findings[kind];
  const what = [reference, product, quantity === undefined ? undefined : `${quantity} ${unit ?? ''}`.trim(), note, photos.length === 0 ? undefined : `${photos.length} photos`].filter((part) => part !== undefined);
  return { kind: 'VISIT_FINDING', about: id, sourceSubject: subject, found: { company, ...said, title: `${words}: ${truck ?? trailer ?? 'a truck'} at ${facility}`, detail: what.join(', ') || `${words}.` } };
}

function mismatch({ subject, company, facility }: About, { given, candidates }: GateMatch['unmatched'][number], { truck, carrier }: VisitRecord): YardMatter {
  const meant = candidates.map(({ kind, name, reasons }) => `${kind.toLowerCase()} ${name} (${reasons.join(' ')})`);
  return {
    kind: 'GATE_REFERENCE', about: `${subject} ${given}`, sourceSubject: subject,
    found: { company, class: 'DATA', severity: 'MEDIUM', title: `${truck ?? carrier ?? 'A truck'} at ${facility} names ${given}, which is nothing here`, detail: meant.length === 0 ? 'Nothing that is expected here has a name like it.' : `It may mean: ${meant.join('; ')}.` },
  };
}
