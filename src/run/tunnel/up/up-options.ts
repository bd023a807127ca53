/**
 * What `upTunnel` is told.
 *
 * @module
 */
import type { TunnelConfig } from '../../../tunnel/config/config.ts';
import type { UpEvent } from '../../../tunnel/up/up-event.ts';
import type { OpenSecretFile } from './config-saver.ts';

export interface UpOptions {
  readonly name: string;
  /** `null` for a device that is configured from outside. */
  readonly config: TunnelConfig | null;
  /** Of its file, for SaveConfig. */
  readonly configPath: string | null;
  /** Opens that file to be written anew. */
  readonly openConfig: OpenSecretFile;
  /** File with the number of this process while the tunnel is up; `null` for none. */
  readonly pidFile: string | null;
  /** Threads that seal and open; `null` for what suits this host. */
  readonly threads: number | null;
  /** Takes the lines of a key log; `null` for none. */
  readonly onKeylog: ((line: string) => void) | null;
  /** Whether endpoints' names are resolved again when handshakes are not answered. */
  readonly reresolve: boolean;
  /** Ends the tunnel. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: UpEvent) => void;
}
