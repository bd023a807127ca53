/**
 * Memory whose address is known.
 *
 * @module
 */

/** A piece of memory known to both JavaScript and the kernel. */
export interface Memory {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}
