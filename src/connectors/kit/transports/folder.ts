import { mkdir, open, rename } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { Outcome } from '../../contract.js';
import { failure } from '../http.js';
import type { Delivered, Delivery } from './delivery.js';

export const folderTransport = z.strictObject({
  kind: z.literal('folder'),
  /** Absolute path of the folder into which files are put. */
  path: z.string().min(1).max(1_000).refine(isAbsolute, 'must be an absolute path'),
});

/** Puts the file under a name that says it is not whole yet, and gives it its own once it is durable: a reader never sees half of it. */
export async function deliverToFolder({ path }: z.infer<typeof folderTransport>, { name, bytes, id }: Delivery): Promise<Outcome<Delivered>> {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(name) || name.startsWith('.')) return failure('invalid', 'The name of the file has characters that a folder may not take.', name);
  const unfinished = join(path, `.${id}.part`);
  try {
    await mkdir(path, { recursive: true });
    const file = await open(unfinished, 'w');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, join(path, name));
    return { ok: true, value: { receipt: { file: name } } };
  } catch (error) {
    return failure('unavailable', `The folder cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown fault'}).`, '');
  }
}
