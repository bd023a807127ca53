/**
 * Detects, from counters, packets that leave the tunnel for other hosts and are not forwarded or not answered.
 *
 * A host that does not forward counts them as InAddrErrors, or for IPv6 without a route as InNoRoutes
 * (RFC 4293; observed on Linux 6.18). If a host forwards and gets no answers, its count of forwarded packets
 * rises while no packet goes into the tunnel. The usual reason is that the other hosts have no route back, so
 * that masquerading is needed. The IPv4 counters are for the whole host, so both findings are assumptions.
 *
 * @module
 */

/** Counters at one moment; `null` if the host does not have them. */
export interface ForwardingSample {
  /** Packets from the tunnel device to the host. */
  readonly outOfTunnel: number;
  /** Packets from the host to the tunnel device. */
  readonly intoTunnel: number;
  readonly ip4: FamilySample | null;
  readonly ip6: FamilySample | null;
}

/** Counters of one family. */
export interface FamilySample {
  /** Whether the host forwards packets from the device. */
  readonly forwards: boolean;
  /** Received packets that were neither for this host nor forwarded. */
  readonly undelivered: number;
  readonly forwarded: number;
}

/**
 * `not-forwarding`: the host dropped packets for other hosts. `no-answers`: it forwarded packets and no answer went
 * into the tunnel.
 */
export type ForwardingFinding =
  | { readonly tag: 'not-forwarding'; readonly family: 4 | 6; readonly packets: number }
  | { readonly tag: 'no-answers'; readonly packets: number };

/** Consecutive samples without an answer before it is reported: about 6 s. */
const SILENT_SAMPLES = 3;

/** Compares consecutive samples and reports each finding once, until it no longer applies. */
export class ForwardingWatch {
  #last: ForwardingSample | null = null;
  #silent = { samples: 0, packets: 0 };
  /** Findings that were reported and still apply. */
  readonly #reported = new Set<4 | 6 | 'no-answers'>();

  /** Compares a sample with the previous one; returns new findings. */
  handle(sample: ForwardingSample): readonly ForwardingFinding[] {
    const last = this.#last;
    this.#last = sample;
    if (last === null) return [];
    const arrived = sample.outOfTunnel - last.outOfTunnel;
    const findings: ForwardingFinding[] = [];
    for (const family of [4, 6] as const) {
      const [before, now] = family === 4 ? [last.ip4, sample.ip4] : [last.ip6, sample.ip6];
      const packets = before && now ? Math.min(arrived, now.undelivered - before.undelivered) : 0;
      if (now?.forwards) this.#reported.delete(family);
      else if (packets > 0 && this.#isNews(family)) findings.push({ tag: 'not-forwarding', family, packets });
    }
    const silent = this.#countSilent(last, sample, arrived);
    return silent === null ? findings : [...findings, silent];
  }

  #countSilent(last: ForwardingSample, sample: ForwardingSample, arrived: number): ForwardingFinding | null {
    const packets = Math.min(arrived, forwardedOf(sample) - forwardedOf(last));
    if (sample.intoTunnel > last.intoTunnel) {
      this.#silent = { samples: 0, packets: 0 };
      this.#reported.delete('no-answers');
      return null;
    }
    if (packets <= 0) return null;
    this.#silent = { samples: this.#silent.samples + 1, packets: this.#silent.packets + packets };
    if (this.#silent.samples < SILENT_SAMPLES || !this.#isNews('no-answers')) return null;
    return { tag: 'no-answers', packets: this.#silent.packets };
  }

  #isNews(what: 4 | 6 | 'no-answers'): boolean {
    if (this.#reported.has(what)) return false;
    this.#reported.add(what);
    return true;
  }
}

function forwardedOf({ ip4, ip6 }: ForwardingSample): number {
  return (ip4?.forwarded ?? 0) + (ip6?.forwarded ?? 0);
}
