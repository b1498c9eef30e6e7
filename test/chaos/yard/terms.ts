/** What is agreed with carriers on waiting, in the words of the graph. */
export interface AgreedRule {
  name: string;
  kind: 'DRIVER' | 'TRAILER';
  carrier?: string;
  direction?: 'INBOUND' | 'OUTBOUND';
  terms: {
    start: 'CHECK_IN' | 'DOCK';
    stop: 'CHECK_OUT' | 'LEFT_DOCK';
    /** Minutes, or days of trailers. */
    free: number;
    increment: number;
    days: 'PERIODS' | 'CALENDAR';
    late?: { afterMinutes: number; outcome: 'FORFEIT' | 'FROM_ARRIVAL' };
    minimum?: number;
    maximum?: number;
    minimumAmount?: string;
    maximumAmount?: string;
    rate: { amount: string; currency: string };
  };
}

const euro = (amount: string) => ({ amount, currency: 'EUR' });

export const agreed: readonly AgreedRule[] = [
  { name: 'One hour free', kind: 'DRIVER', terms: { start: 'CHECK_IN', stop: 'CHECK_OUT', free: 60, increment: 15, days: 'PERIODS', late: { afterMinutes: 60, outcome: 'FORFEIT' }, maximum: 180, rate: euro('18.75') } },
  { name: 'ALPS: at the dock', kind: 'DRIVER', carrier: 'ALPS', terms: { start: 'DOCK', stop: 'LEFT_DOCK', free: 30, increment: 30, days: 'PERIODS', minimumAmount: '50', maximumAmount: '120', late: { afterMinutes: 90, outcome: 'FORFEIT' }, rate: euro('32.4') } },
  { name: 'RHEN: fetching', kind: 'DRIVER', carrier: 'RHEN', direction: 'OUTBOUND', terms: { start: 'CHECK_IN', stop: 'CHECK_OUT', free: 45, increment: 1, days: 'PERIODS', minimum: 10, late: { afterMinutes: 30, outcome: 'FROM_ARRIVAL' }, rate: euro('1.0533') } },
  { name: 'Trailers', kind: 'TRAILER', terms: { start: 'CHECK_IN', stop: 'CHECK_OUT', free: 1, increment: 1, days: 'PERIODS', rate: euro('45') } },
  { name: 'HANS: by the calendar', kind: 'TRAILER', carrier: 'HANS', terms: { start: 'CHECK_IN', stop: 'CHECK_OUT', free: 2, increment: 1, days: 'CALENDAR', maximum: 5, rate: euro('39.5') } },
];
