/**
 * Names of addresses, looked up beside the probes.
 *
 * @module
 */
import { Resolver } from 'node:dns/promises';
import type { HopRow } from '../../../core/shapes/path/trace.ts';
import { within } from '../../within.ts';

/** Addresses that are looked up in one trace. */
const MOST = 512;
const LIMIT_MS = 1500;
/** DNS allows 253 characters (RFC 1035 §2.3.4). */
const LONGEST_NAME = 253;

/** Looks up each address once. */
export class NameLookup {
  readonly #resolver = new Resolver({ timeout: LIMIT_MS, tries: 1 });
  readonly #names = new Map<string, string | null>();
  readonly #running = new Set<Promise<void>>();
  readonly #isOn: boolean;

  /** @param isOn - whether names are looked up at all */
  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** The rows with the names that are known by now. Those that are not are looked up from now on. */
  named(rows: readonly HopRow[]): readonly HopRow[] {
    if (!this.#isOn) return rows;
    return rows.map((row) => ({
      ...row,
      addresses: row.addresses.map((one) => ({ ...one, name: this.#nameOf(one.address) })),
    }));
  }

  /** Waits for names that are looked up now, but not longer than `limitMs`; then gives up the others. */
  async settle(limitMs: number): Promise<void> {
    if (this.#running.size > 0) await within(limitMs, Promise.all(this.#running));
    this.#resolver.cancel();
  }

  #nameOf(address: string): string | null {
    const known = this.#names.get(address);
    if (known !== undefined || this.#names.size >= MOST) return known ?? null;
    this.#names.set(address, null);
    const running: Promise<void> = this.#resolver
      .reverse(address.split('%')[0] ?? address)
      .then(([name]) => void this.#names.set(address, name?.slice(0, LONGEST_NAME) ?? null))
      // No name, or no resolver: the address alone is shown.
      .catch(() => {})
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    return null;
  }
}
