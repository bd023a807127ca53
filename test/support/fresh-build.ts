/**
 * Refuses a build that is older than its sources: tests of it would say of the code what is no longer so.
 *
 * @module
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
/** Written last. */
const BUILT = 'dist/bundle/sbom.cdx.json';

/** @throws Error that names a source which is newer. Without any build, the tests that need it say so themselves */
export function setup(): void {
  if (!existsSync(join(ROOT, BUILT))) return;
  const builtAt = timeOf(BUILT);
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('src', file));
  const newer = [...sources, 'bundle.mjs', 'package-lock.json'].find((file) => timeOf(file) > builtAt);
  if (newer !== undefined) throw new Error(`dist is older than ${newer}: run npm run build`);
}

function timeOf(file: string): number {
  return statSync(join(ROOT, file)).mtimeMs;
}
