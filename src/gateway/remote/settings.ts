import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

/** A subgraph that answers over HTTP: a customer's own service, or one of ours elsewhere. */
export interface RemoteSubgraph {
  name: string;
  /** The only address that is ever asked; redirects are refused. */
  url: string;
  /** Its SDL, where it was given as a file; undefined: asked of the service itself (`_service`). */
  sdl?: string;
  /** Names of the client's headers that are passed on, in lower case. */
  forwardHeaders: readonly string[];
  /** Headers that every request carries, by name. */
  setHeaders: Readonly<Record<string, string>>;
  /** Longest that one request may take, ms. */
  timeoutMs: number;
  /** Largest answer taken, bytes. */
  maxBytes: number;
  /** Whether its non-null fields stay so: an outage there then nulls the object that they are on. */
  keepNonNull: boolean;
  /** Whether clients read the words and codes of its errors. */
  showErrors: boolean;
}

/** What the file of remote subgraphs says. */
export interface RemoteSettings {
  subgraphs: readonly RemoteSubgraph[];
  /** A supergraph composed elsewhere, to be served as it is; undefined: ours and the remote ones are composed here. */
  supergraph?: string;
  /** Files that were read: the settings themselves first. */
  files: readonly string[];
}

const header = z.union([z.string(), z.strictObject({ file: z.string() })]);
const subgraph = z.strictObject({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'letters, digits, _ and -, a letter first'),
  url: z.url({ protocol: /^https?$/ }),
  sdl: z.string().optional(),
  forwardHeaders: z.array(z.string()).default([]),
  setHeaders: z.record(z.string(), header).default({}),
  timeoutMs: z.number().int().min(1).max(600_000).default(5_000),
  maxBytes: z.number().int().min(1024).default(8 * 1024 * 1024),
  keepNonNull: z.boolean().default(false),
  showErrors: z.boolean().default(false),
});
const settings = z.strictObject({ supergraph: z.string().optional(), subgraphs: z.array(subgraph) });

/** Headers that describe the request itself; passing them on would say something untrue. */
const ownHeaders = new Set(['host', 'connection', 'content-length', 'content-type', 'transfer-encoding', 'accept', 'accept-encoding', 'expect', 'upgrade', 'te', 'keep-alive']);

/**
 * Reads the file of remote subgraphs and the files it names, relative to its own folder.
 * @throws Error with what is wrong, by the name of the field
 */
export async function readRemoteSettings(file: string): Promise<RemoteSettings> {
  const files = [resolve(file)];
  const text = await readFile(file, 'utf8');
  const readBeside = (path: string) => {
    const beside = resolve(dirname(files[0]!), path);
    files.push(beside);
    return readFile(beside, 'utf8');
  };
  const parsed = settings.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  const subgraphs: RemoteSubgraph[] = [];
  for (const { sdl, setHeaders, forwardHeaders, ...rest } of parsed.data.subgraphs) {
    const set: Record<string, string> = {};
    for (const [name, value] of Object.entries(setHeaders)) set[name.toLowerCase()] = typeof value === 'string' ? value : (await readBeside(value.file)).trim();
    const forwarded = forwardHeaders.map((name) => name.toLowerCase());
    const refused = [...forwarded, ...Object.keys(set)].find((name) => ownHeaders.has(name));
    if (refused !== undefined) throw new Error(`subgraphs.${rest.name}: the header ${refused} is made for each request and cannot be set or passed on.`);
    if (subgraphs.some((other) => other.name.toLowerCase() === rest.name.toLowerCase())) throw new Error(`subgraphs: two are named ${rest.name}.`);
    subgraphs.push({ ...rest, forwardHeaders: forwarded, setHeaders: set, ...(sdl === undefined ? {} : { sdl: await readBeside(sdl) }) });
  }
  const { supergraph } = parsed.data;
  return { subgraphs, files, ...(supergraph === undefined ? {} : { supergraph: await readBeside(supergraph) }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`It is no JSON: ${(error as Error).message}`);
  }
}
