import { isLoopback } from '../lib/networks.js';
import { OpenCounts } from '../lib/open-counts.js';

export interface SocketRates {
  /** WebSockets and event streams of one address at once; 0: any number. */
  perAddress: number;
  /** Of one token's subject; 0: any number. */
  perToken: number;
}

/** One for all: it is kept with every socket. */
const uncounted = () => {};

/** Sockets that one client may hold open, in this process. */
export class SocketLimits {
  readonly #addresses: OpenCounts;
  readonly #tokens: OpenCounts;

  constructor({ perAddress, perToken }: SocketRates) {
    this.#addresses = new OpenCounts(perAddress);
    this.#tokens = new OpenCounts(perToken);
  }

  /** This machine's own address is that of any proxy in front that nobody named: it is not counted. */
  openFrom(address: string): (() => void) | null {
    if (isLoopback(address)) return uncounted;
    if (!this.#addresses.open(address)) return null;
    let isOpen = true;
    return () => {
      if (isOpen) this.#addresses.close(address);
      isOpen = false;
    };
  }

  /** @returns false where as many are open as may be: then it is not counted */
  openBy(subject: string): boolean {
    return this.#tokens.open(subject);
  }

  /** One that was counted is closed. */
  closeBy(subject: string): void {
    this.#tokens.close(subject);
  }
}
