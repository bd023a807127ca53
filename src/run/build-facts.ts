/**
 * Facts about the program and the host for a bug report.
 *
 * @module
 */
import { createRequire } from 'node:module';
import { release } from 'node:os';
import type { BuildFacts } from '../core/shapes/build-facts.ts';
import { VERSION } from '../core/version.ts';
import { loadLibc } from '../native/libc.ts';

/** Collects versions of winze, Node, OpenSSL, koffi and the kernel, and the engine in use. Never throws. */
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
    // koffi is optional.
    return null;
  }
}
