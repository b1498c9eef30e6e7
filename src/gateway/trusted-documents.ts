import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { GatehouseError } from '../lib/errors.js';
import { ConfigError } from '../lib/config.js';
import type { Log } from '../lib/log.js';
import { watchFiles } from './remote/watch-files.js';

/** How a client names what it wants run, on HTTP and on WebSocket. */
export interface DocumentRequest {
  query?: unknown;
  /** `sha256:<hex>` or an id of the manifest, as the draft on persisted documents of GraphQL over HTTP has it. */
  documentId?: unknown;
  /** Apollo's form: `persistedQuery.sha256Hash`. */
  extensions?: unknown;
}

/** Ids or hashes with their documents, or the manifest that Apollo's clients generate. */
const manifest = z.union([
  z.object({ operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })) }).transform(({ operations }) => operations.map(({ id, body }): [string, string] => [id, body])),
  z.record(z.string().min(1), z.string().min(1)).transform((documents) => Object.entries(documents)),
]);

/** The documents of a manifest: clients may send their id or hash instead of them and, where it is enforced, nothing else. */
export class TrustedDocuments {
  readonly #isEnforced: boolean;
  #byId = new Map<string, string>();
  #byHash = new Map<string, string>();
  #stopWatching: () => void = () => {};

  private constructor(isEnforced: boolean) {
    this.#isEnforced = isEnforced;
  }

  /**
   * Reads a manifest, and reads it again when it changes; one that is wrong then is said in the log and changes nothing.
   * @param options.enforced whether other documents are refused
   * @throws ConfigError where it is no manifest, or an id that is a SHA-256 is not that of its document
   */
  static async open(file: string, options: { enforced: boolean; log: Log }): Promise<TrustedDocuments> {
    const documents = new TrustedDocuments(options.enforced);
    try {
      await documents.#read(file);
    } catch (error) {
      throw new ConfigError(`GATEHOUSE_TRUSTED_DOCUMENTS, ${file}: ${(error as Error).message}`, { cause: error });
    }
    documents.#stopWatching = watchFiles([file], () => {
      documents.#read(file).catch((error: unknown) => options.log.error({ err: error, file }, 'the manifest of trusted documents could not be read anew; the one before stands'));
    });
    return documents;
  }

  get size(): number {
    return this.#byHash.size;
  }

  /**
   * The document that a client asks for.
   * @throws GatehouseError UNTRUSTED_DOCUMENT
   */
  textOf(request: DocumentRequest): string {
    const id = idOf(request);
    const known = id === undefined ? undefined : (this.#byHash.get(id.replace(/^sha256:/, '').toLowerCase()) ?? this.#byId.get(id));
    if (known !== undefined) return known;
    const query = typeof request.query === 'string' && request.query !== '' ? request.query : undefined;
    if (query === undefined) throw new GatehouseError('UNTRUSTED_DOCUMENT', id === undefined ? undefined : 'The manifest has no document of this id.');
    if (this.#isEnforced && !this.#byHash.has(sha256(query))) throw new GatehouseError('UNTRUSTED_DOCUMENT');
    return query;
  }

  close(): void {
    this.#stopWatching();
  }

  async #read(file: string): Promise<void> {
    const parsed = manifest.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (!parsed.success) throw new Error(`It is no manifest: an object of ids or SHA-256 hashes with their documents, or {"operations": [{"id", "body"}]}.`);
    const [byId, byHash] = [new Map<string, string>(), new Map<string, string>()];
    for (const [id, text] of parsed.data) {
      const hash = sha256(text);
      const given = id.replace(/^sha256:/, '').toLowerCase();
      if (/^[0-9a-f]{64}$/.test(given) && given !== hash) throw new Error(`${id} is not the SHA-256 of its document, which is ${hash}.`);
      byId.set(id, text);
      byHash.set(hash, text);
    }
    [this.#byId, this.#byHash] = [byId, byHash];
  }
}

/** Whether the client names a document instead of sending it. */
export function idOf({ documentId, extensions }: DocumentRequest): string | undefined {
  if (typeof documentId === 'string' && documentId !== '') return documentId;
  const hash = (extensions as { persistedQuery?: { sha256Hash?: unknown } } | null | undefined)?.persistedQuery?.sha256Hash;
  return typeof hash === 'string' ? hash : undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
