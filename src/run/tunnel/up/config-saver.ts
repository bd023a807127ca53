/**
 * Writes the configuration file again at the end of a tunnel with `SaveConfig = true`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { messageOf, NetError } from '../../../core/errors.ts';
import type { DeviceStatus } from '../../../core/shapes/tunnel-config.ts';
import { readDeviceMtu } from '../../../system/device-mtu.ts';
import type { TunnelConfig } from '../../../tunnel/config/config.ts';
import { formatTunnelConfig } from '../../../tunnel/config/format.ts';
import { parsePrefix } from '../../../tunnel/prefix.ts';
import { type SavedFacts, savedConfig } from '../../../tunnel/up/saved-config.ts';
import { runCommand } from '../control/command.ts';

/** A file that replaces another one when it is complete, and that only its owner can read. */
export interface SecretFile {
  readonly write: (text: string) => Promise<void>;
  readonly commit: () => Promise<void>;
  readonly discard: () => Promise<void>;
}

/** Opens such a file for the path of the old one. */
export type OpenSecretFile = (path: string) => Promise<SecretFile>;

/** Remembers the configuration at the start and saves it if it has changed. */
export class ConfigSaver {
  readonly #path: string;
  readonly #config: TunnelConfig;
  readonly #open: OpenSecretFile;
  /** Digest of the configuration at the start, to detect changes without keeping its keys. */
  readonly #before: string;

  constructor(path: string, config: TunnelConfig, open: OpenSecretFile) {
    this.#open = open;
    this.#path = path;
    this.#config = config;
    this.#before = digestOf(config);
  }

  /**
   * Replaces the file atomically. If the configuration has not changed, the file stays as it is, with its comments.
   *
   * @param known - facts that the device's status does not contain
   * @throws NetError `ERR_OUTPUT` naming the file
   */
  async save(device: string, status: DeviceStatus, known: Omit<SavedFacts, 'addresses' | 'mtu'>): Promise<void> {
    const facts = { ...known, addresses: await addressesOf(device), mtu: readDeviceMtu(device) };
    const now = savedConfig(this.#config, status, facts);
    if (digestOf(now) === this.#before) return;
    try {
      const file = await this.#open(this.#path);
      try {
        await file.write(formatTunnelConfig(now, 'all'));
      } catch (error) {
        await file.discard();
        throw error;
      }
      await file.commit();
    } catch (error) {
      throw new NetError('ERR_OUTPUT', `SaveConfig: cannot write ${this.#path}: ${messageOf(error)}`, { cause: error });
    }
  }
}

function digestOf(config: TunnelConfig): string {
  return createHash('sha256').update(formatTunnelConfig(config, 'all')).digest('hex');
}

/** Parses `wg0  UNKNOWN  10.7.0.1/24 fd07::1/64`; `null` if ip(8) fails. */
async function addressesOf(device: string): Promise<SavedFacts['addresses']> {
  const text = await runCommand(['ip', '-brief', 'address', 'show', 'dev', device]).catch(() => null);
  if (text === null) return null;
  return text
    .split(/\s+/)
    .slice(2)
    .flatMap((word) => parsePrefix(word) ?? []);
}
