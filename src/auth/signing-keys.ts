import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import type { Database } from '../db/database.js';
import { uuidv7 } from '../lib/ids.js';
import type { SecretBox } from './secret-box.js';

export const algorithm = 'ES256';
const purpose = 'signing-key';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
}

/** The key that signs new tokens; made on first use, the same for every instance on this database. */
export async function signingKey(database: Database, box: SecretBox): Promise<SigningKey> {
  return database.transaction(async (tx) => {
    // Two instances that start together must not make two keys: the second waits, then finds the first's.
    await tx.insertInto('installation').values({ name: 'signing-key', value: '' }).onConflict((c) => c.doNothing()).execute();
    await tx.selectFrom('installation').select('name').where('name', '=', 'signing-key').forUpdate().execute();
    const row = await tx.selectFrom('signing_key').selectAll().where('retired_at', 'is', null).orderBy('created_at', 'desc').executeTakeFirst();
    if (row !== undefined) {
      return { kid: row.kid, privateKey: (await importJWK(JSON.parse(box.open(row.private_ciphertext, purpose)) as JWK, algorithm)) as CryptoKey };
    }
    const pair = await generateKeyPair(algorithm, { extractable: true });
    const kid = uuidv7();
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: 'sig' };
    await tx
      .insertInto('signing_key')
      .values({ kid, public_jwk: JSON.stringify(publicJwk), private_ciphertext: box.seal(JSON.stringify(await exportJWK(pair.privateKey)), purpose), retired_at: null })
      .execute();
    return { kid, privateKey: pair.privateKey };
  });
}

/** Public halves of all keys that may still have signed a valid token (RFC 7517). */
export async function publicKeys(database: Database): Promise<{ keys: JWK[] }> {
  const rows = await database.kysely.selectFrom('signing_key').select('public_jwk').execute();
  return { keys: rows.map((row) => row.public_jwk as JWK) };
}
