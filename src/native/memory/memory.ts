/**
 * Memory whose address is known.
 *
 * @module
 */

/**
 * Memory outside of the JavaScript heap that does not move: JavaScript uses `bytes` and `view`, the kernel and OpenSSL
 * use `address`.
 */
export interface Memory {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
}
