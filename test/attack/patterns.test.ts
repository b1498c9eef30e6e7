import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/lib/package-root.js';

/** Every regular expression that is written in the product. */
interface Pattern {
  place: string;
  source: string;
  flags: string;
}

function patternsIn(folder: string): Pattern[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
      const found: Pattern[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isRegularExpressionLiteral(node)) {
          const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(node.text)!;
          found.push({ place: path.slice(packageRoot.length + 1), source: source!, flags: flags!.replace(/[gy]/g, '') });
        }
        ts.forEachChild(node, visit);
      };
      visit(file);
      return found;
    });
}

/** Texts that make a pattern try many ways: what it may like, again and again, then something that it cannot like. */
function pumps({ source }: Pattern): string[] {
  const literal = [...new Set(source.replace(/\\[dwsDWSbB]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}/gi, '').replace(/[\\^$.*+?()[\]{}|]/g, ''))].slice(0, 12);
  const units = new Set(['a', 'A', '0', ' ', '\t', '\n', '-', '.', ':', ',', '/', '*', '~', '%', '=', '_', 'a0', '0.', 'a ', ' \n', 'a,', 'a=', '00:', '-0', '../', ...literal, ...literal.map((each) => `${each}a`), ...literal.map((each) => `${each}0`)]);
  return [...units];
}

const prefixes = ['', 'x', '0', ' ', 'Bearer ', 'v1,', '{', '<'];
const suffixes = ['', '\u0001', '!', 'x\u0001'];
/** A linear pattern takes ten times as long, a quadratic one a hundred times. */
const mostGrowth = 40;
/** What a clock tells reliably under load, ms; faster than that at the larger size is no danger at all. */
const negligible = 60;
const [small, large] = [2_000, 20_000];

/** Whether the pattern ends on all of these texts in a time that only an exponential one needs more than. */
function ends({ source, flags }: Pattern, texts: readonly string[]): boolean {
  try {
    runInNewContext('for (const text of texts) pattern.test(text)', { pattern: new RegExp(source, flags), texts }, { timeout: 20_000 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}

const timeDirectly = ({ source, flags }: Pattern, text: string): number => {
  const pattern = new RegExp(source, flags);
  const started = performance.now();
  pattern.test(text);
  return performance.now() - started;
};
/** What a busy machine takes away is in the longer times. */
const shortestTime = (pattern: Pattern, text: string): number => Math.min(...Array.from({ length: 3 }, () => timeDirectly(pattern, text)));

const all = patternsIn(join(packageRoot, 'src')).filter(({ place }) => !place.startsWith(join('src', 'control-room')) && !place.startsWith(join('src', 'sandbox')));
const unique = [...new Map(all.map((pattern) => [`${pattern.source}/${pattern.flags}`, pattern])).values()];

describe('a regular expression', () => {
  it('is told from a dangerous one', () => {
    const [exponential, quadratic] = [{ place: '', source: '^(a+)+$', flags: '' }, { place: '', source: 'a+b', flags: '' }];
    expect(ends(exponential, [`${'a'.repeat(40)}!`])).toBe(false);
    expect(shortestTime(quadratic, 'a'.repeat(large)) / shortestTime(quadratic, 'a'.repeat(small))).toBeGreaterThan(mostGrowth);
  });

  it('was found at all', () => expect(unique.length).toBeGreaterThan(60));

  it.each(unique.map((pattern) => [`/${pattern.source}/`, pattern.place, pattern] as const))('%s of %s takes no longer than the text grows', (_source, _place, pattern) => {
    const texts = pumps(pattern).flatMap((unit) => prefixes.flatMap((prefix) => suffixes.map((suffix) => (size: number) => `${prefix}${unit.repeat(Math.ceil(size / unit.length))}${suffix}`)));
    // First in a cage, at a length at which an exponential one never ends.
    expect(ends(pattern, texts.map((text) => text(small)))).toBe(true);
    for (const text of texts) {
      if (timeDirectly(pattern, text(large)) <= negligible) continue;
      const [short, long] = [small, large].map((size) => shortestTime(pattern, text(size)));
      expect(long! / Math.max(short!, 0.05), `${JSON.stringify(text(8))}…: ${short} ms, ${long} ms`).toBeLessThan(mostGrowth);
    }
  });
});
