/** As much of autocannon, which has no types, as is used. */
declare module 'autocannon' {
  export interface LoadOptions {
    url: string;
    connections: number;
    /** Seconds. */
    duration: number;
    /** Sent one after the other on each connection, from the first on again after the last. */
    requests: Array<{ method: string; headers: Record<string, string>; body: string }>;
  }
  export interface LoadResult {
    '2xx': number;
    non2xx: number;
    errors: number;
    /** Seconds. */
    duration: number;
  }
  export default function autocannon(options: LoadOptions): Promise<LoadResult>;
}
