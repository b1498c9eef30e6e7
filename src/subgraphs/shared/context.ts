import type { Principal } from '../../auth/principal.js';
import type { Reader } from '../../auth/reader.js';
import type { ExceptionChange } from '../../projections/change-exception.js';
import type { LiveFeed } from '../../events/live.js';

/** What every resolver is handed: who asks, and the one way to read for them. */
export interface GraphContext {
  principal: Principal;
  reader: Reader;
  live: LiveFeed;
  commands: Commands;
  correlationId: string;
  /** Headers of the client's request, by name in lower case; for remote subgraphs, which may be configured to be handed some. */
  headers?: Readonly<Record<string, string | undefined>>;
  /** Loaders live as long as one operation, or one event of a subscription. */
  loaders: LoaderScope;
}

/** What subgraphs hand on instead of doing it: commands on what Gatehouse owns. */
export interface Commands {
  changeException(change: ExceptionChange, principal: Principal, correlationId: string): Promise<void>;
}

/** Makes each set of loaders once per operation: `context.loaders.get(shipmentLoaders, context)`. */
export class LoaderScope {
  readonly #made = new Map<unknown, unknown>();

  get<Loaders>(make: (reader: Reader) => Loaders, reader: Reader): Loaders {
    let loaders = this.#made.get(make);
    if (loaders === undefined) this.#made.set(make, (loaders = make(reader)));
    return loaders as Loaders;
  }
}
