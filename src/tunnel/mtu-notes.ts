/**
 * What stands out about a tunnel's MTU, in words for the report.
 *
 * Speaks only where the arithmetic is certain: a known format, both MTUs and the outer family
 * known. A tunnel at the usual MTU, or anywhere between that and the largest that fits, gets none.
 *
 * @module
 */
import type { PathKind } from '../core/result.ts';
import { formatPercent } from '../core/units.ts';
import type { Family } from './fragments.ts';
import { maxInnerMtu, payloadRatio, recommendedInnerMtu, type TunnelPath } from './overhead.ts';

/** What was measured of one path; `null` is unknown. */
export interface MtuFacts {
  readonly kind: PathKind;
  readonly tunnelMtu: number | null;
  readonly underlayMtu: number | null;
  /** Family of the packets outside the tunnel. */
  readonly outerFamily: Family | null;
  /** Fragments that the host made during the test (FragCreates). */
  readonly fragmentsCreated: number | null;
}

const NAMES: Partial<Record<PathKind, string>> = {
  wireguard: 'WireGuard',
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gre: 'GRE',
  ipip: 'IP in IP',
  sit: '6in4',
};

/** Returns the notes, one line each: what is wrong, what it costs, what to do. Never throws. */
export function mtuNotes(facts: MtuFacts): readonly string[] {
  const { kind, tunnelMtu, underlayMtu, outerFamily } = facts;
  const name = NAMES[kind];
  if (name === undefined || tunnelMtu === null || underlayMtu === null || outerFamily === null) return [];
  const largest = maxInnerMtu(kind, outerFamily, underlayMtu);
  const usual = recommendedInnerMtu(kind, outerFamily, underlayMtu);
  if (largest === null || usual === null) return [];
  const format = kind === 'sit' ? name : `${name} over IPv${outerFamily}`;
  if (tunnelMtu > largest) {
    return [
      `tunnel MTU ${tunnelMtu} does not fit the underlay: ${underlayMtu} carries at most ${largest} inside ${format}; ` +
        `${consequence(facts)}; set the tunnel's MTU to ${usual}`,
    ];
  }
  if (tunnelMtu < usual) {
    const cost = costRatio({ family: 4, mtu: tunnelMtu, kind, outerFamily, underlayMtu }, usual);
    const share = cost === null ? '' : `; by the arithmetic that costs ${formatPercent(cost)} of TCP goodput`;
    return [
      `tunnel MTU ${tunnelMtu} is smaller than it need be: ${underlayMtu} carries ${usual} inside ${format}${share}; ` +
        `set the tunnel's MTU to ${usual}, unless a link further along carries less`,
    ];
  }
  return [];
}

/** Says no more than the fragment counter allows. */
function consequence({ kind, fragmentsCreated }: MtuFacts): string {
  // ip-tunnel(8): these set Don't Fragment outside unless made with nopmtudisc.
  if (kind === 'gre' || kind === 'ipip' || kind === 'sit') return 'larger packets are refused or fragmented';
  if (fragmentsCreated === null) return 'outer packets are fragmented';
  if (fragmentsCreated === 0) return 'larger outer packets would be fragmented, though this host counted no fragment';
  return `outer packets are fragmented (${fragmentsCreated} fragments during the test)`;
}

/** Share of the goodput at the usual MTU that this one gives away: full TCP packets over IPv4, with timestamps. */
function costRatio(path: TunnelPath, usualMtu: number): number | null {
  const load = { protocol: 'tcp', datagramPayloadBytes: null, tcpTimestamps: true } as const;
  const here = payloadRatio(path, load);
  const usual = payloadRatio({ ...path, mtu: usualMtu }, load);
  return here === null || usual === null ? null : 1 - here / usual;
}
