/**
 * Notes about the MTU of a tunnel, in words for the report.
 *
 * There is a note only if the format, both MTUs and the outer family are known. An MTU from the usual one
 * to the largest that fits gets no note.
 *
 * @module
 */
import type { Encapsulation, PathKind } from '../core/shapes/path.ts';
import { formatPercent } from '../core/units.ts';
import type { Family } from './fragments.ts';
import { type Format, maxInnerMtu, payloadRatio, recommendedInnerMtu, type TunnelPath } from './overhead.ts';

/** Facts about one path; `null` is not known. */
export interface MtuFacts {
  readonly kind: PathKind;
  readonly tunnelMtu: number | null;
  readonly underlayMtu: number | null;
  /** Whether `underlayMtu` is a measured path MTU. Else it is that of the device, and links further along may carry less. */
  readonly isMeasured?: boolean;
  /** Family of the outer packets. */
  readonly outerFamily: Family | null;
  /** Encapsulation that the system reports; without it, the usual one of the kind applies. */
  readonly encapsulation?: readonly Encapsulation[] | null;
  /** Fragments that the host created during the test (FragCreates). */
  readonly fragmentsCreated: number | null;
}

const NAMES: Partial<Record<PathKind, string>> = {
  wireguard: 'WireGuard',
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gre: 'GRE',
  gretap: 'GRETAP',
  erspan: 'ERSPAN',
  ipip: 'IP in IP',
  sit: '6in4',
  fou: 'FOU',
  gue: 'GUE',
  macsec: 'MACsec',
  esp: 'ESP',
};

/** Returns the notes, one line each: the fault, its cost, and what to do. Never throws. */
export function mtuNotes(facts: MtuFacts): readonly string[] {
  const { kind, tunnelMtu, underlayMtu, outerFamily } = facts;
  if (NAMES[kind] === undefined || tunnelMtu === null || underlayMtu === null || outerFamily === null) return [];
  const { encapsulation = null, isMeasured = false } = facts;
  const underlay = isMeasured ? `the measured path MTU ${underlayMtu}` : `${underlayMtu}`;
  const path = { kind, outerFamily, encapsulation };
  const largest = maxInnerMtu(path, underlayMtu);
  const usual = recommendedInnerMtu(path, underlayMtu);
  if (largest === null || usual === null) return [];
  const format = formatName(path);
  if (tunnelMtu > largest) {
    return [
      `tunnel MTU ${tunnelMtu} does not fit the underlay: ${underlay} carries at most ${largest} inside ${format}; ` +
        `${consequence(facts)}; set the tunnel's MTU to ${usual}`,
    ];
  }
  if (tunnelMtu < usual) {
    const cost = costRatio({ ...path, family: 4, mtu: tunnelMtu, underlayMtu }, usual);
    const share = cost === null ? '' : `; by the arithmetic that costs ${formatPercent(cost)} of TCP goodput`;
    return [
      `tunnel MTU ${tunnelMtu} is smaller than it need be: ${underlay} carries ${usual} inside ${format}${share}; ` +
        `set the tunnel's MTU to ${usual}${isMeasured ? '' : ', unless a link further along carries less'}`,
    ];
  }
  return [];
}

/** `VXLAN in WireGuard over IPv4`. */
function formatName({ kind, outerFamily, encapsulation }: Format): string {
  const kinds = encapsulation ? encapsulation.map((layer) => layer.kind) : [kind];
  const names = kinds.map((one) => NAMES[one] ?? one).join(' in ');
  const family = encapsulation ? encapsulation.at(-1)?.outer_family : outerFamily;
  return kind === 'sit' || kind === 'macsec' || !family ? names : `${names} over IPv${family}`;
}

/** Describes the consequence as far as the fragment counter shows it. */
function consequence({ kind, fragmentsCreated, isMeasured = false }: MtuFacts): string {
  // ip-tunnel(8): other tunnels set Don't Fragment in the outer header unless created with nopmtudisc.
  if (kind !== 'wireguard' && kind !== 'vxlan' && kind !== 'geneve') return 'larger packets are refused or fragmented';
  // A router may cut them, or drop them where DF is set or the version is 6: this host counts neither.
  if (isMeasured && !fragmentsCreated) return 'larger outer packets are fragmented on the way, or lost';
  if (fragmentsCreated === null) return 'outer packets are fragmented';
  if (fragmentsCreated === 0) return 'larger outer packets would be fragmented, though this host counted no fragment';
  return `outer packets are fragmented (${fragmentsCreated} fragments during the test)`;
}

/** Loss of goodput relative to the usual MTU, for full TCP packets over IPv4 with timestamps, 0..1. */
function costRatio(path: TunnelPath, usualMtu: number): number | null {
  const load = { protocol: 'tcp', datagramPayloadBytes: null, tcpTimestamps: true } as const;
  const here = payloadRatio(path, load);
  const usual = payloadRatio({ ...path, mtu: usualMtu }, load);
  return here === null || usual === null ? null : 1 - here / usual;
}
