/** What happens at a stop, and what is said of when. */
export const stopMoments = ['ARRIVAL', 'DEPARTURE'] as const;
export type StopMoment = (typeof stopMoments)[number];
export const stopClassifiers = ['PLANNED', 'ESTIMATED', 'ACTUAL'] as const;
export type StopClassifier = (typeof stopClassifiers)[number];

/** Who says so. YARD: the gate of the facility. TELEMATICS: the positions of the truck. TMS: the record of the load. CARRIER: its milestones. */
export const stopTimeSources = ['YARD', 'TELEMATICS', 'TMS', 'CARRIER'] as const;
export type StopTimeSource = (typeof stopTimeSources)[number];

/** Whose word is taken, of several: the first of these that says anything. All are kept. */
export const stopTimeChoice: Readonly<Record<StopClassifier, readonly StopTimeSource[]>> = {
  // What is planned is the matter of who plans; others only repeat it.
  PLANNED: ['TMS', 'CARRIER', 'YARD', 'TELEMATICS'],
  ESTIMATED: ['TELEMATICS', 'TMS', 'CARRIER', 'YARD'],
  ACTUAL: ['YARD', 'TELEMATICS', 'TMS', 'CARRIER'],
};

export interface StopTimeStatement {
  moment: StopMoment;
  classifier: StopClassifier;
  source: StopTimeSource;
  connection: string;
  /** ISO 8601 in UTC, so that texts compare as times. */
  at: string;
  /** As of when the source stated it. */
  statedAt: string;
}

/** One statement of each source connection for each moment and classifier: the newest. The same for every order and repetition. */
export function newestStatements<Statement extends StopTimeStatement>(statements: Iterable<Statement>): Statement[] {
  const newest = new Map<string, Statement>();
  for (const statement of statements) {
    const key = [statement.moment, statement.classifier, statement.source, statement.connection].join(' ');
    const other = newest.get(key);
    if (other === undefined || isNewer(statement, other)) newest.set(key, statement);
  }
  return [...newest].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, statement]) => statement);
}

/** The statement that is taken for a moment and classifier: of the first source that says anything its newest. */
export function chosenStatement<Statement extends StopTimeStatement>(statements: readonly Statement[], moment: StopMoment, classifier: StopClassifier): Statement | null {
  for (const source of stopTimeChoice[classifier]) {
    let best: Statement | null = null;
    for (const statement of statements) {
      if (statement.moment === moment && statement.classifier === classifier && statement.source === source && (best === null || isNewer(statement, best))) best = statement;
    }
    if (best !== null) return best;
  }
  return null;
}

/** Stated later; of those stated at once the first arrival and the last departure, and then the first by name. */
function isNewer(one: StopTimeStatement, other: StopTimeStatement): boolean {
  if (one.statedAt !== other.statedAt) return one.statedAt > other.statedAt;
  if (one.at !== other.at) return one.moment === 'ARRIVAL' ? one.at < other.at : one.at > other.at;
  return one.connection < other.connection;
}
