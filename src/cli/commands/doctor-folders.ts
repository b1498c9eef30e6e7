import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { connectorOf } from '../../connectors/registry.js';
import type { Services } from '../../main.js';
import type { Finding } from './doctor.js';

/** Folders that are watched: whether they are there, and may be read and written to (files that were read are moved away). */
export async function watchedFolders({ connections }: Services): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { id, connector } of await connections.list()) {
    if (connectorOf(connector)?.capabilities.includes('receive.file') !== true) continue;
    const folder = (await connections.find(id))?.settings.folder;
    if (typeof folder !== 'string') continue;
    const wrong = await whatIsWrong(folder);
    findings.push(wrong === null ? { ok: true, text: `${id} watches ${folder}.` } : { ok: false, text: `The folder ${folder} that ${id} watches ${wrong} No file is read from it until that is mended, or another is set with: gatehouse connection set ${id} --set folder=...` });
  }
  return findings;
}

async function whatIsWrong(folder: string): Promise<string | null> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'is no folder.';
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'does not exist; it is not made by itself.';
    if (code === undefined) throw error;
    return `cannot be used by this user (${code}).`;
  }
}
