import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { sql } from 'kysely';
import type { Database, Transaction } from '../db/database.js';
import { uuidv7 } from '../lib/ids.js';
import type { SecretBox } from './secret-box.js';

export const algorithm = 'ES256';
const purpose = 'signing-key';
/** A retiring key is shown at least for this long, so that who keeps our key set for a while has both. */
const overlapMs = 10 * 60_000;

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
}

/** The key that signs new tokens; made on first use, the same for every instance on this database. */
export async function signingKey(database: Database, box: SecretBox): Promise<SigningKey> {
  return database.transaction((tx) => holdSigningKey(tx, box));
}

/** The same, and no other takes its place before `tx` ends. */
export async function holdSigningKey(tx: Transaction, box: SecretBox): Promise<SigningKey> {
  await holdKeys(tx);
  const row = await tx.selectFrom('signing_key').selectAll().where('retired_at', 'is', null).orderBy('created_at', 'desc').executeTakeFirst();
  if (row === undefined) return makeKey(tx, box);
  return { kid: row.kid, privateKey: (await importJWK(JSON.parse(box.open(row.private_ciphertext, purpose)) as JWK, algorithm)) as CryptoKey };
}

export interface Rotation {
  kid: string;
  /** Until when tokens of the keys before are taken. */
  retiring: ReadonlyArray<{ kid: string; until: string }>;
}

/**
 * Makes a new key that signs from now on. Those before it still prove what they signed, until the last of
 * their tokens has ended.
 * @param options.atOnce the keys before are known to somebody else: their tokens end now
 */
export async function rotateKeys(database: Database, box: SecretBox, options: { atOnce: boolean }): Promise<Rotation> {
  return database.transaction(async (tx) => {
    await holdKeys(tx);
    const until = options.atOnce ? sql<string>`now()` : sql<string>`greatest(now() + ${overlapMs} * interval '1 millisecond', (select max(t.expires_at) from access_token t where t.kid = signing_key.kid))`;
    const before = options.atOnce ? sql<boolean>`retired_at is null or retired_at > now()` : sql<boolean>`retired_at is null`;
    const retiring = await tx.updateTable('signing_key').set({ retired_at: until }).where(before).returning(['kid', 'retired_at']).execute();
    const { kid } = await makeKey(tx, box);
    return { kid, retiring: retiring.map((row) => ({ kid: row.kid, until: row.retired_at! })) };
  });
}

/** Public halves of all keys whose tokens are taken (RFC 7517). */
export async function publicKeys(database: Database): Promise<{ keys: JWK[] }> {
  const rows = await database.kysely.selectFrom('signing_key').select('public_jwk').where((of) => of.or([of('retired_at', 'is', null), of('retired_at', '>', sql<string>`now()`)])).orderBy('created_at', 'desc').execute();
  return { keys: rows.map((row) => row.public_jwk as JWK) };
}

/** Two instances that start together must not make two keys: the second waits, then finds the first's. */
async function holdKeys(tx: Transaction): Promise<void> {
  await tx.insertInto('installation').values({ name: 'signing-key', value: '' }).onConflict((c) => c.doNothing()).execute();
  await tx.selectFrom('installation').select('name').where('name', '=', 'signing-key').forUpdate().execute();
}

async function makeKey(tx: Transaction, box: SecretBox): Promise<SigningKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const kid = uuidv7();
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: 'sig' };
  await tx
    .insertInto('signing_key')
    .values({ kid, public_jwk: JSON.stringify(publicJwk), private_ciphertext: box.seal(JSON.stringify(await exportJWK(pair.privateKey)), purpose), retired_at: null })
    .execute();
  return { kid, privateKey: pair.privateKey };
}
