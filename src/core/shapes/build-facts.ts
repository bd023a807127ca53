/**
 * What `winze --version --json` prints.
 *
 * @module
 */
import type { Engine } from './spec.ts';

export interface BuildFacts {
  readonly tool: { readonly name: 'winze'; readonly version: string };
  /** That tests run on, unless another is asked for. */
  readonly engine: Engine;
  /** Version of the package; `null` where it is not installed. */
  readonly koffi: string | null;
  readonly node: string;
  /** That Node was built with. */
  readonly openssl: string;
  /** As Node calls them: `linux`, `x64`. */
  readonly platform: string;
  readonly arch: string;
  /** Release of the system's kernel. */
  readonly kernel: string;
}
