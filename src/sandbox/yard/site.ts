import type { Random } from '../random.js';

export type Direction = 'INBOUND' | 'OUTBOUND';
export type Handling = 'LIVE' | 'DROP';
export type Temperature = 'AMBIENT' | 'CHILLED' | 'FROZEN';

export interface SiteDock {
  name: string;
  directions: Direction[];
  handlings: Handling[];
  temperatures: Temperature[];
  maxHeightCm?: number;
  /** Kept for trailers that shunters bring: no truck has an appointment there. */
  shunting: boolean;
}

/** A place with docks, and who comes to it. */
export interface Site {
  docks: SiteDock[];
  /** Where trailers stand. */
  spots: string[];
  /** Codes of carriers. */
  carriers: string[];
  /** Trailers that are left here and fetched; live trucks come with their own. */
  trailers: string[];
}

export interface SiteSize {
  docks: number;
  trailers: number;
  carriers: number;
}

/** Times at docks begin at multiples of this. */
export const gridMinutes = 15;

/** How long a truck has its dock: the first rule that fits. */
export const durations: ReadonlyArray<{ direction?: Direction; handling?: Handling; fromPallets?: number; minutes: number }> = [
  { handling: 'DROP', minutes: 15 },
  { direction: 'INBOUND', fromPallets: 26, minutes: 75 },
  { minutes: 45 },
];

export function minutesFor(of: { direction: Direction; handling: Handling; pallets: number }): number {
  return durations.find((rule) => (rule.direction ?? of.direction) === of.direction && (rule.handling ?? of.handling) === of.handling && (rule.fromPallets ?? 0) <= of.pallets)!.minutes;
}

const codes = ['NORD', 'ALPS', 'RHEN', 'HANS', 'BOEH', 'ISAR', 'MAIN', 'SPRE', 'WESR', 'ELBE'];
/** Spots for each trailer that belongs here. */
const spotsPerTrailer = 1;

/** Kinds of docks in the order in which they stand along the wall, with their shares. */
const kinds: ReadonlyArray<{ share: number; dock: Omit<SiteDock, 'name' | 'shunting'> }> = [
  { share: 0.4, dock: { directions: ['INBOUND'], handlings: ['LIVE'], temperatures: ['AMBIENT'] } },
  { share: 0.55, dock: { directions: ['INBOUND', 'OUTBOUND'], handlings: ['LIVE'], temperatures: ['AMBIENT', 'CHILLED'] } },
  { share: 0.63, dock: { directions: ['INBOUND', 'OUTBOUND'], handlings: ['LIVE'], temperatures: ['FROZEN'] } },
  { share: 0.82, dock: { directions: ['OUTBOUND'], handlings: ['LIVE'], temperatures: ['AMBIENT'], maxHeightCm: 400 } },
  { share: 1, dock: { directions: ['INBOUND', 'OUTBOUND'], handlings: ['DROP'], temperatures: ['AMBIENT', 'CHILLED', 'FROZEN'] } },
];

export function drawSite({ docks, trailers, carriers }: SiteSize): Site {
  const shunting = Math.max(1, Math.round(docks / 20));
  return {
    docks: Array.from({ length: docks }, (_, index): SiteDock => {
      const name = `D${String(index + 1).padStart(2, '0')}`;
      if (index >= docks - shunting) return { name, directions: ['INBOUND', 'OUTBOUND'], handlings: ['LIVE', 'DROP'], temperatures: ['AMBIENT', 'CHILLED', 'FROZEN'], shunting: true };
      const { dock } = kinds.find(({ share }) => (index + 1) / (docks - shunting) <= share + 1e-9)!;
      return { name, ...dock, shunting: false };
    }),
    spots: Array.from({ length: Math.ceil(trailers * spotsPerTrailer) }, (_, index) => `P${String(index + 1).padStart(3, '0')}`),
    carriers: codes.slice(0, carriers),
    trailers: Array.from({ length: trailers }, (_, index) => `TR${String(index + 1).padStart(3, '0')}`),
  };
}

export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items.map((item) => ({ item, rank: random.next() })).sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}
