/**
 * Where a listener of this host waits.
 *
 * @module
 */

/** An address of this host and a port; port 0 lets the system choose. */
export interface ListenEndpoint {
  readonly address: string;
  readonly port: number;
}
