import { existsSync, readFileSync } from 'node:fs';
import { describe } from 'vitest';

const absent = 'skipped: the folder ../shared/fixtures with real payloads is absent';

/** A payload of the field, which is kept outside of the project; null where that folder is absent. @param path within the folder */
function sharedFixture(path: string): Buffer | null {
  const file = new URL(`../../../shared/fixtures/${path}`, import.meta.url);
  return existsSync(file) ? readFileSync(file) : null;
}

/** Tests of a payload of the field; where it is absent they are skipped, and the name says why. @param path within the folder */
export function describeWithFixture(name: string, path: string, tests: (body: Buffer) => void): void {
  const body = sharedFixture(path);
  describe.skipIf(body === null)(body === null ? `${name} (${absent})` : name, () => {
    if (body !== null) tests(body);
  });
}
