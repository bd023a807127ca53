/**
 * What a report of a fault has to say of the program and of the host.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { release } from 'node:os';
import type { BuildFacts } from '../core/shapes/build-facts.ts';
import { VERSION } from '../core/version.ts';
import { loadLibc } from '../native/libc.ts';

export function buildFacts(): BuildFacts {
  return {
    tool: { name: 'winze', version: VERSION },
    engine: loadLibc() ? 'linux' : 'portable',
    koffi: koffiVersion(),
    node: process.versions.node,
    openssl: process.versions.openssl,
    platform: process.platform,
    arch: process.arch,
    kernel: release(),
  };
}

function koffiVersion(): string | null {
  try {
    const { version }: { readonly version?: unknown } = createRequire(import.meta.url)('koffi');
    return typeof version === 'string' ? version : null;
  } catch {
    // It is optional.
    return null;
  }
}
