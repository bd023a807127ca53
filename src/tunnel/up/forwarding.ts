/**
 * Packets that come out of the tunnel for other hosts and get no further, told from counters.
 *
 * A host that does not forward counts them as InAddrErrors, or for IPv6 without a route as InNoRoutes
 * (RFC 4293; seen on Linux 6.18). One that forwards and gets no answers counts what it forwarded while
 * nothing goes into the tunnel: the usual reason is that the other hosts have no route back, so that
 * it must masquerade. IPv4's counters are those of the whole host, so both are a surmise.
 *
 * @module
 */

/** Totals since some moment; `null` where the host does not say. */
export interface ForwardingSample {
  /** Packets that the device handed to the host. */
  readonly outOfTunnel: number;
  readonly intoTunnel: number;
  readonly ip4: FamilySample | null;
  readonly ip6: FamilySample | null;
}

export interface FamilySample {
  /** Whether the host forwards what comes from the device. */
  readonly forwards: boolean;
  readonly undelivered: number;
  readonly forwarded: number;
}

export type ForwardingFinding =
  | { readonly tag: 'not-forwarding'; readonly family: 4 | 6; readonly packets: number }
  | { readonly tag: 'no-answers'; readonly packets: number };

/** Samples in a row without an answer before that is told: some 6 s. */
const SILENT_SAMPLES = 3;

export class ForwardingWatch {
  #last: ForwardingSample | null = null;
  #silent = { samples: 0, packets: 0 };
  /** What was told, until it is so no more. */
  readonly #told = new Set<4 | 6 | 'no-answers'>();

  handle(sample: ForwardingSample): readonly ForwardingFinding[] {
    const last = this.#last;
    this.#last = sample;
    if (last === null) return [];
    const arrived = sample.outOfTunnel - last.outOfTunnel;
    const findings: ForwardingFinding[] = [];
    for (const family of [4, 6] as const) {
      const [before, now] = family === 4 ? [last.ip4, sample.ip4] : [last.ip6, sample.ip6];
      const packets = before && now ? Math.min(arrived, now.undelivered - before.undelivered) : 0;
      if (now?.forwards) this.#told.delete(family);
      else if (packets > 0 && this.#isNews(family)) findings.push({ tag: 'not-forwarding', family, packets });
    }
    const silent = this.#countSilent(last, sample, arrived);
    return silent === null ? findings : [...findings, silent];
  }

  #countSilent(last: ForwardingSample, sample: ForwardingSample, arrived: number): ForwardingFinding | null {
    const packets = Math.min(arrived, forwardedOf(sample) - forwardedOf(last));
    if (sample.intoTunnel > last.intoTunnel) {
      this.#silent = { samples: 0, packets: 0 };
      this.#told.delete('no-answers');
      return null;
    }
    if (packets <= 0) return null;
    this.#silent = { samples: this.#silent.samples + 1, packets: this.#silent.packets + packets };
    if (this.#silent.samples < SILENT_SAMPLES || !this.#isNews('no-answers')) return null;
    return { tag: 'no-answers', packets: this.#silent.packets };
  }

  #isNews(what: 4 | 6 | 'no-answers'): boolean {
    if (this.#told.has(what)) return false;
    this.#told.add(what);
    return true;
  }
}

function forwardedOf({ ip4, ip6 }: ForwardingSample): number {
  return (ip4?.forwarded ?? 0) + (ip6?.forwarded ?? 0);
}
