import type Client from 'ssh2-sftp-client';
import { hash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, type Json } from '../../../../lib/json.js';
import type { Access, Answer, Outcome, PollPage } from '../../../contract.js';
import { failure } from '../../http.js';
import { storableText } from '../../json.js';
import { isMissing, readFile, withSftp, wordsOf, type SftpFault } from './session.js';
import type { SftpTransport } from './settings.js';

/** Bytes of a file that is read at most, and of all that one look gives. */
const maxFileBytes = 25 * 1024 * 1024;
const maxPageBytes = 25 * 1024 * 1024;
const maxPageFiles = 50;

/** A name by which many senders say that the file is not whole yet. */
const unfinishedName = /^[.~]|\.(tmp|temp|part|partial|filepart|crdownload|writing|upload)$/i;

/** A file in the folder, and what tells whether it changed. */
interface Listed {
  name: string;
  size: number;
  state: string;
}

/** The cursor: how files that wait to be whole stood, since when (ms), and which are kept here and still lie there. */
const placeSchema = z.object({ seen: z.record(z.string(), z.tuple([z.string(), z.number()])), taken: z.record(z.string(), z.string()) });
type Place = z.infer<typeof placeSchema>;

/**
 * One look into the folder. What the look before gave is durable now, so its files are put away first; then what is
 * whole is read. A file that cannot be read, moved or is too large keeps no other from being read.
 */
export function readSftp(access: Access<object>, transport: SftpTransport & { in: string }, cursor: Json | null, timeoutMs: number): Promise<Outcome<PollPage>> {
  const started = performance.now();
  // Slow servers get through as well: what is left after these shares of the time is for the next look.
  const isLate = (share: number) => performance.now() - started > timeoutMs * share;
  return withSftp<PollPage>(access, transport, timeoutMs, (client) => new Look(client, transport, cursor, isLate).run());
}

const shareForPuttingAway = 0.4;
const shareInAll = 0.7;

class Look {
  readonly #client: Client;
  readonly #transport: SftpTransport & { in: string };
  readonly #before: Place;
  readonly #faults: string[] = [];
  readonly #taken: Record<string, string> = {};
  readonly #seen: Place['seen'] = {};
  readonly #isLate: (share: number) => boolean;
  #hasArchive = false;

  constructor(client: Client, transport: SftpTransport & { in: string }, cursor: Json | null, isLate: (share: number) => boolean) {
    this.#isLate = isLate;
    this.#client = client;
    this.#transport = transport;
    this.#before = placeSchema.safeParse(cursor).data ?? { seen: {}, taken: {} };
  }

  async run(): Promise<Outcome<PollPage>> {
    const files = await this.#list();
    const fresh: Listed[] = [];
    let left = false;
    for (const file of files) {
      if (this.#isUnfinished(file.name, files)) continue;
      if (this.#before.taken[file.name] !== file.state) {
        if (this.#isWhole(file, files)) fresh.push(file);
      } else if (this.#transport.after === 'leave' || this.#isLate(shareForPuttingAway)) {
        this.#taken[file.name] = file.state;
        left ||= this.#transport.after !== 'leave';
      } else await this.#putAway(file);
    }
    const answers: Answer[] = [];
    let bytes = 0;
    for (const file of fresh) {
      if (answers.length > 0 && (answers.length >= maxPageFiles || bytes + file.size > maxPageBytes || this.#isLate(shareInAll))) {
        left = true;
        this.#keepSeen(file);
        continue;
      }
      const answer = await this.#read(file);
      if (answer === null) continue;
      answers.push(answer);
      bytes += answer.body.byteLength;
    }
    const cursor = { seen: this.#seen, taken: this.#taken };
    const stands = answers.length === 0 && canonicalJson(cursor) === canonicalJson(this.#before);
    if (this.#faults.length > 0 && stands) return failure('unavailable', this.#faults.slice(0, 5).join(' '), '');
    // Files that were read are put away as soon as they are durable, not with the next look on the schedule.
    return { ok: true, value: { answers, cursor, more: left || (answers.length > 0 && this.#transport.after !== 'leave') } };
  }

  async #list(): Promise<Listed[]> {
    const entries = (await this.#client.list(this.#transport.in)).filter((entry) => entry.type === '-');
    // The cursor is an object by names of files, and cannot hold this one: it would be read again and again.
    if (entries.some(({ name }) => name === '__proto__')) this.#faults.push('__proto__ was not read: a file of this name is not taken.');
    return entries.filter(({ name }) => name !== '__proto__').map(({ name, size, modifyTime }) => ({ name, size, state: `${size} ${modifyTime}` })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #isUnfinished(name: string, files: readonly Listed[]): boolean {
    const { whole, marker } = this.#transport;
    // A marker is no message; one whose file is gone stays for people to see.
    return unfinishedName.test(name) || (whole === 'marker' && name.endsWith(marker) && files.length > 0);
  }

  #isWhole(file: Listed, files: readonly Listed[]): boolean {
    const { whole, marker, restSeconds } = this.#transport;
    if (whole === 'rename') return true;
    if (whole === 'marker') return files.some(({ name }) => name === file.name + marker);
    const [, sinceMs] = this.#keepSeen(file);
    return Date.now() - sinceMs >= restSeconds * 1000 && this.#before.seen[file.name]?.[0] === file.state;
  }

  #keepSeen({ name, state }: Listed): [string, number] {
    const known = this.#before.seen[name];
    return (this.#seen[name] = known?.[0] === state ? known : [state, Date.now()]);
  }

  /** Null where it is not whole after all, or cannot be read; the next look sees it again. */
  async #read(file: Listed): Promise<Answer | null> {
    const path = `${this.#transport.in}/${file.name}`;
    try {
      if (file.size > maxFileBytes) throw Object.assign(new Error(), { words: `is larger than ${maxFileBytes / 1024 / 1024} MB` });
      const body = await readFile(this.#client, path, file.size);
      // Changed while it was read: it is looked at again.
      if (body.byteLength !== file.size || (await this.#stateOf(path)) !== file.state) return null;
      delete this.#seen[file.name];
      this.#taken[file.name] = file.state;
      return { key: this.#keyOf(file, body), headers: { 'x-gatehouse-file': storableText(file.name).slice(0, 1000) }, body };
    } catch (error) {
      this.#note(file.name, error as SftpFault, 'was not read');
      return null;
    }
  }

  #keyOf({ name, state }: Listed, body: Buffer): string {
    const content = hash('sha256', body, 'hex');
    const { same } = this.#transport;
    return same === 'content' ? content : `${content} ${name}${same === 'time' ? ` ${state}` : ''}`;
  }

  async #putAway(file: Listed): Promise<void> {
    const { in: folder, after, archive, whole, marker } = this.#transport;
    try {
      // Written anew since it was listed: the new content is a message of its own.
      if ((await this.#stateOf(`${folder}/${file.name}`)) !== file.state) return;
      for (const name of whole === 'marker' ? [file.name, file.name + marker] : [file.name]) {
        if (after === 'delete') await this.#client.delete(`${folder}/${name}`, true);
        else await this.#move(name, archive.startsWith('/') ? archive : `${folder}/${archive}`, name === file.name ? file.state : null);
      }
    } catch (error) {
      this.#taken[file.name] = file.state;
      this.#note(file.name, error as SftpFault, after === 'delete' ? 'was read and cannot be deleted' : 'was read and cannot be moved to the archive');
    }
  }

  async #stateOf(path: string): Promise<string> {
    const { size, modifyTime } = await this.#client.stat(path);
    return `${size} ${modifyTime}`;
  }

  /** @param state as it was read; null: whatever it is */
  async #move(name: string, archive: string, state: string | null): Promise<void> {
    const path = `${this.#transport.in}/${name}`;
    if (!this.#hasArchive && (await this.#client.exists(archive)) === false) await this.#client.mkdir(archive, true);
    this.#hasArchive = true;
    // An earlier file of the same name stays.
    const target = (await this.#client.exists(`${archive}/${name}`)) === false ? `${archive}/${name}` : `${archive}/${Date.now()}-${name}`;
    await this.#client.rename(path, target);
    if (state !== null && (await this.#stateOf(target)) !== state) await this.#client.rename(target, path);
  }

  /** @throws what ends the whole look: the connection is gone */
  #note(name: string, fault: SftpFault & { words?: string }, what: string): void {
    if (typeof fault.code === 'string' && /CONN|ERR_GENERIC|ERR_NOT_CONNECTED|EPIPE|ETIMEDOUT/.test(fault.code)) throw fault;
    if (isMissing(fault)) return; // another reader took it
    this.#faults.push(`${storableText(name).slice(0, 200)} ${what}: ${fault.words ?? wordsOf(fault)}.`);
  }
}
