/** The part of autocannon that is used here; it brings no types. */
declare module 'autocannon' {
  interface Options {
    url: string;
    method: 'POST';
    headers: Readonly<Record<string, string>>;
    body: string;
    connections: number;
    /** Seconds. */
    duration: number;
  }
  interface Result {
    requests: { total: number };
    /** Seconds that it took. */
    duration: number;
    '2xx': number;
    non2xx: number;
    errors: number;
  }
  export default function autocannon(options: Options): Promise<Result>;
}
