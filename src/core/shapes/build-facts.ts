/**
 * What `winze --version --json` prints.
 *
 * @module
 */
import type { Engine } from './spec.ts';

/** Document of `winze --version --json`: versions of winze and of what it runs on. */
export interface BuildFacts {
  readonly tool: { readonly name: 'winze'; readonly version: string };
  /** Engine that tests use by default on this host. */
  readonly engine: Engine;
  /** Version of the package koffi; `null` if it is not installed. */
  readonly koffi: string | null;
  readonly node: string;
  /** Version of OpenSSL in this Node. */
  readonly openssl: string;
  /** Platform and processor architecture by Node's names: `linux`, `x64`. */
  readonly platform: string;
  readonly arch: string;
  /** Release of the kernel, as in `uname -r`. */
  readonly kernel: string;
}
