/** What stands on a transfer of the simulated Odoo, as the addon keeps it on the real one. */
export interface Results {
  /** By Gatehouse's id. */
  milestones: Map<string, { code: string; retracted: boolean }>;
  exceptions: Map<string, { title: string; isOpen: boolean }>;
  /** Tracking numbers, by booking. */
  tracking: Map<string, string[]>;
  /** Bookings that it was told are cancelled, as often as it was told. */
  cancelled: string[];
  /** Bytes of each file, by document. */
  documents: Map<string, { kind: string; bytes: number }>;
  costs: Map<string, string>;
  status: string | null;
  eta: string | null;
  late: boolean;
  deliveredAt: string | null;
  stage: string;
  appointmentAt: string | null;
  /** What an appointment planned and what was planned before; Odoo's datetimes. */
  plan: { set: string | null; before: string | null };
  /** What was counted while trucks were loaded or unloaded. */
  counted: Array<{ product_id?: number; name: string; counted: number; expected?: number }>;
  /** Trucks, by Gatehouse's id; `told` are the states that people were alerted to. */
  arrivals: Map<string, { state: string; told: string[]; retracted: boolean }>;
  labelFailures: string[];
  /** Until when carriers take what leaves here, as "FEDEX 16:30". */
  cutOffs: string[];
  /** Messages in its chatter. */
  messages: number;
  /** Highest version of each thing that was stated. */
  versions: Map<string, number>;
}

export function emptyResults(): Results {
  return {
    milestones: new Map(), exceptions: new Map(), tracking: new Map(), cancelled: [], documents: new Map(), costs: new Map(), status: null, eta: null, late: false, deliveredAt: null, stage: 'none', appointmentAt: null, plan: { set: null, before: null }, counted: [], arrivals: new Map(),
    labelFailures: [], cutOffs: [], messages: 0, versions: new Map(),
  };
}

type Values = Record<string, unknown>;

const text = (values: Values, name: string): string | null => (typeof values[name] === 'string' && values[name] !== '' ? values[name] : null);

/** Topics that state the same thing share a register; see the addon's lib/changes.py. */
const registers: Readonly<Record<string, [name: string, key: string | null]>> = {
  tracking: ['tracking', 'booking'], milestone: ['milestone', 'uid'], status: ['status', null], estimate: ['estimate', null], document: ['document', 'document'], label: ['document', 'document'],
  cost: ['cost', 'booking'], exception: ['exception', 'uid'], exception_closed: ['exception', 'uid'], delivered: ['delivered', null], release_hold: ['hold', null], appointment: ['appointment', null],
  arrival: ['arrival', 'uid'], progress: ['progress', null],
};

/** What the addon asks of values, as far as it is simulated. */
export function rejectedWith(topic: string, values: Values): string | null {
  const needed: Readonly<Record<string, readonly string[]>> = {
    tracking: [], milestone: values['retracted'] === true ? ['uid'] : ['uid', 'code', 'classifier', 'occurred_at', 'recorded_at'], status: ['status'], estimate: [], delivered: [], appointment: [], cutoff: [], validate: [],
    label: ['document', 'format', 'content'], document: ['document', 'kind', 'format', 'content'], label_failed: ['reason'], cost: ['booking'], exception: ['uid', 'kind', 'severity', 'title'], exception_closed: ['uid'], release_hold: ['policy'], arrival: values['retracted'] === true ? ['uid'] : ['uid', 'state'], progress: [],
  };
  const names = needed[topic];
  if (names === undefined) return `This version of the addon does not know commands of topic ${topic}.`;
  const missing = names.find((name) => text(values, name) === null);
  return missing === undefined ? null : `${missing} is missing.`;
}

/** @returns why it is rejected; null where it was applied, or was outdated */
export function applyChange(results: Results, topic: string, values: Values): string | null {
  const [name, key] = registers[topic] ?? [];
  const version = values['version'];
  if (name !== undefined && typeof version === 'number') {
    const register = key === null ? name : `${name}:${String(values[key!])}`;
    if ((results.versions.get(register) ?? 0) > version) return null;
    results.versions.set(register, version);
  }
  appliers[topic]!(results, values);
  return null;
}

const appliers: Readonly<Record<string, (results: Results, values: Values) => void>> = {
  tracking: ({ tracking, cancelled }, values) => {
    const numbers = ((values['packages'] ?? []) as Array<{ number: string }>).map(({ number }) => number);
    if (numbers.length > 0) return void tracking.set(String(values['booking']), numbers);
    tracking.delete(String(values['booking']));
    cancelled.push(String(values['booking']));
  },
  milestone: ({ milestones }, values) => {
    const uid = text(values, 'uid')!;
    const known = milestones.get(uid);
    if (values['retracted'] === true) {
      if (known !== undefined) known.retracted = true;
    } else if (known !== undefined) known.retracted = false;
    else milestones.set(uid, { code: text(values, 'code')!, retracted: false });
  },
  status: (results, values) => void (results.status = text(values, 'status')),
  estimate: (results, values) => void Object.assign(results, { eta: text(values, 'at'), late: values['promised_late'] === true }),
  delivered: (results, values) => void (results.deliveredAt = text(values, 'at')),
  appointment: (results, values) => void (results.appointmentAt = text(values, 'at')),
  arrival: ({ arrivals }, values) => {
    const uid = text(values, 'uid')!;
    const known = arrivals.get(uid);
    if (values['retracted'] === true) {
      if (known !== undefined) known.retracted = true;
      return;
    }
    const state = text(values, 'state')!;
    const told = known?.told ?? [];
    arrivals.set(uid, { state, told: told.includes(state) ? told : [...told, state], retracted: false });
  },
  progress: (results, values) => void (results.counted = (values['lines'] ?? []) as Results['counted']),
  release_hold: (results, values) => void (results.stage = text(values, 'policy')!),
  validate: () => {},
  cutoff: (results, values) => void (results.cutOffs = ((values['cutoffs'] ?? []) as Array<{ carrier: string; time: string }>).map(({ carrier, time }) => `${carrier} ${time}`)),
  label: (results, values) => attach(results, values, values['return'] === true ? 'RETURN_LABEL' : 'LABEL'),
  document: (results, values) => attach(results, values, text(values, 'kind')!),
  label_failed: ({ labelFailures }, values) => void labelFailures.push(text(values, 'reason')!),
  cost: ({ costs }, values) => void (values['amount'] === null ? costs.delete(text(values, 'booking')!) : costs.set(text(values, 'booking')!, String(values['amount']))),
  exception: ({ exceptions }, values) => void exceptions.set(text(values, 'uid')!, { title: text(values, 'title')!, isOpen: true }),
  exception_closed: ({ exceptions }, values) => {
    const known = exceptions.get(text(values, 'uid')!);
    if (known !== undefined) known.isOpen = false;
  },
};

function attach(results: Results, values: Values, kind: string): void {
  const document = text(values, 'document')!;
  if (!results.documents.has(document)) results.messages++;
  results.documents.set(document, { kind, bytes: Buffer.from(text(values, 'content')!, 'base64').byteLength });
}
