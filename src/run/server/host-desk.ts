/**
 * What this server tells of its host: found out while nothing is tested, and once.
 *
 * @module
 */
import { type GatheredHost, type HostDetails, type LinkFacts, NO_DETAILS } from '../../core/shapes/host-details.ts';
import type { PathFacts } from '../../core/shapes/result.ts';
import type { ToldHost } from '../../session/told-host.ts';

/** A client that waits for its result waits no longer than this for what goes with it. */
const WAIT_MS = 1500;
/** Devices that are kept in mind; clients may come over as many as the host has. */
const MAX_DEVICES = 64;

/** Gathers, and can be told to end at once. */
export type Gather = (
  devices: readonly string[],
  how: { readonly limitMs: number; readonly signal: AbortSignal },
) => Promise<GatheredHost>;

export class HostDesk {
  readonly #gather: Gather;
  readonly #isIdle: () => boolean;
  /** `null`: there is nothing to tell of that device. */
  readonly #links = new Map<string, LinkFacts | null>();
  #details: HostDetails | null = null;
  #running: AbortController | undefined;

  /** @param isIdle - whether nothing is tested */
  constructor(isIdle: () => boolean, gather: Gather = gatherLazily) {
    this.#isIdle = isIdle;
    this.#gather = gather;
  }

  /** A test begins, or the server ends: what is under way ends at once, and what it had found is forgotten. */
  interrupt(): void {
    this.#running?.abort();
  }

  /**
   * What to tell the client of a test that is over. Wireless links are asked anew: they change. Never rejects.
   *
   * @returns `null` where others are tested meanwhile, and it is not known yet
   */
  async tell({ device }: PathFacts): Promise<ToldHost | null> {
    if (this.#details === null || (device !== null && !this.#isSettled(device))) await this.#find(device);
    if (this.#details === null) return null;
    return { details: this.#details, link: device === null ? null : (this.#links.get(device) ?? null) };
  }

  #isSettled(device: string): boolean {
    const link = this.#links.get(device);
    return link !== undefined && link?.medium !== 'wireless';
  }

  async #find(device: string | null): Promise<void> {
    if (!this.#isIdle() || this.#running) return;
    const running = new AbortController();
    this.#running = running;
    const { details, links } = await this.#gather(device === null ? [] : [device], {
      limitMs: WAIT_MS,
      signal: running.signal,
    });
    this.#running = undefined;
    if (running.signal.aborted) return;
    // What came in time the first time need not come in time again.
    // Where strangers are answered, the addresses of a network inside are nobody's business.
    this.#details = { ...details, ...withoutNulls(this.#details ?? NO_DETAILS), default_gateway: null };
    if (device === null || (this.#links.size >= MAX_DEVICES && !this.#links.has(device))) return;
    this.#links.set(device, links[device] ?? null);
  }
}

function withoutNulls(details: HostDetails): Partial<HostDetails> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== null));
}

const gatherLazily: Gather = async (devices, how) =>
  (await import('../host/gather-details.ts')).gatherDetails(devices, how);
