import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { packageRoot } from '../lib/package-root.js';

const sources = join(packageRoot, 'src', 'control-room');
const compiled = join(packageRoot, 'dist', 'src', 'control-room');
const require = createRequire(import.meta.url);

/**
 * The pages and their scripts. Everything comes from this server; nothing is fetched from elsewhere.
 * @param frameOrigins whose pages may show `/?embedded` in a frame; nothing else is ever shown in one
 */
export function pageRoutes(app: FastifyInstance, frameOrigins: readonly string[] = []): void {
  // Scripts of this page build the document node by node: text never becomes markup.
  page(app, '/', 'index.html', "style-src 'self'; img-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'", frameOrigins);
  // GraphiQL's editor sets styles from script and draws icons from data URLs.
  page(app, '/graphiql', 'graphiql.html', "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:");
  files(app, '/control-room/', [compiled, sources], /\.(js|css|svg)$/);
  files(app, '/assets/graphql-ws/', [packageFolder('graphql-ws', 'dist')], /^(client|common-[\w-]+)\.js$/);
  files(app, '/assets/graphiql/', [packageFolder('graphiql', '')], /^graphiql\.min\.(js|css)$/);
  files(app, '/assets/react/umd/', [packageFolder('react', 'umd')], /\.production\.min\.js$/);
  files(app, '/assets/react-dom/umd/', [packageFolder('react-dom', 'umd')], /^react-dom\.production\.min\.js$/);
}

function page(app: FastifyInstance, url: string, file: string, own: string, frameOrigins: readonly string[] = []): void {
  const html = readFileSync(join(sources, file), 'utf8');
  const importMap = /<script type="importmap">([\s\S]*?)<\/script>/.exec(html)?.[1];
  const hash = importMap === undefined ? '' : ` 'sha256-${createHash('sha256').update(importMap).digest('base64')}'`;
  const policy = (ancestors: string) => `default-src 'none'; script-src 'self'${hash}; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors ${ancestors}; ${own}`;
  const alone = policy("'none'");
  const framed = policy(frameOrigins.join(' '));
  app.get(url, async (request, reply) => {
    const isFramed = frameOrigins.length > 0 && Object.hasOwn(request.query as object, 'embedded');
    // X-Frame-Options knows no list of origins, and would forbid what the policy allows.
    if (isFramed) reply.removeHeader('x-frame-options');
    return reply.header('content-security-policy', isFramed ? framed : alone).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html);
  });
}

/** Files of a folder whose names match; anything else there does not exist. */
function files(app: FastifyInstance, prefix: string, roots: string[], allowed: RegExp): void {
  app.register(fastifyStatic, { root: roots, prefix, index: false, decorateReply: false, allowedPath: (path) => allowed.test(path.replace(/^\//, '')), cacheControl: true, maxAge: 60_000 });
}

function packageFolder(name: string, folder: string): string {
  const paths = require.resolve.paths(name) ?? [];
  for (const path of paths) {
    try {
      return join(dirname(readablePath(join(path, name, 'package.json'))), folder);
    } catch {
      continue; // not in this node_modules: the next one up
    }
  }
  throw new Error(`Package ${name} is not installed. Run npm ci.`);
}

function readablePath(path: string): string {
  readFileSync(path);
  return path;
}
