/**
 * Options of `upTunnel`.
 *
 * @module
 */
import type { TunnelConfig } from '../../../tunnel/config/config.ts';
import type { UpEvent } from '../../../tunnel/up/up-event.ts';
import type { OpenSecretFile } from './config-saver.ts';

/** The tunnel to bring up, and the callbacks. */
export interface UpOptions {
  /** Name of the device. */
  readonly name: string;
  /** Parsed configuration file; `null` for a device that is configured from outside. */
  readonly config: TunnelConfig | null;
  /** Path of the file, for SaveConfig. */
  readonly configPath: string | null;
  /** Opens that file to be replaced. */
  readonly openConfig: OpenSecretFile;
  /** File with the PID of this process while the tunnel is up; `null` for none. */
  readonly pidFile: string | null;
  /** Threads that encrypt and decrypt, 1 to 16; `null` to choose by the number of processors. */
  readonly threads: number | null;
  /** Called with the lines of a key log; `null` for none. */
  readonly onKeylog: ((line: string) => void) | null;
  /** Whether names of endpoints are resolved again when handshakes are not answered. */
  readonly reresolve: boolean;
  /** Ends the tunnel. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: UpEvent) => void;
}
