import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function find(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json is not above the program: the installation is incomplete.');
  return find(parent);
}

/** The project's own folder, the same from src/ and from dist/: home of files that are not compiled. */
export const packageRoot = find(dirname(fileURLToPath(import.meta.url)));
