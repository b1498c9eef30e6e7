import { existsSync } from 'node:fs';

/** The entry of every command: an old Node fails here with words instead of a stack trace. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  console.error(
    `Gatehouse needs Node 22.12 or newer; this is ${process.versions.node}.\n` +
      'Its own Node comes with npm ci, through npm scripts (npm start, npm run gatehouse). If it did not, the install script of the package "node" was not allowed to run: use npm 11, or run npm rebuild node, or install a newer Node.',
  );
  process.exit(1);
}
if (existsSync('.env')) process.loadEnvFile('.env');
await import('./main.js');

export {};
