/**
 * Branches of a path: which source ports lead along the same hops.
 *
 * @module
 */
import type { TraceBranch } from '../../core/shapes/path/trace.ts';

/** The hops that the probes of one source port took. */
export interface PortPath {
  readonly port: number;
  /** Address by TTL; `null` where nothing answered. */
  readonly hops: readonly (string | null)[];
}

/**
 * Groups source ports by their hops. A hop that did not answer fits to any: a router that answers little does not make a
 * branch of its own. The largest group is first.
 */
export function branchesOf(paths: readonly PortPath[]): readonly TraceBranch[] {
  const groups: { ports: number[]; hops: (string | null)[] }[] = [];
  // Those that are known best come first, so that the others find where they belong.
  const known = (path: PortPath): number => path.hops.filter((hop) => hop !== null).length;
  for (const { port, hops } of paths.toSorted((a, b) => known(b) - known(a))) {
    const group = groups.find((one) => fits(one.hops, hops));
    if (group === undefined) {
      groups.push({ ports: [port], hops: [...hops] });
      continue;
    }
    group.ports.push(port);
    for (const [index, hop] of hops.entries()) group.hops[index] ??= hop;
  }
  return groups
    .toSorted((a, b) => b.ports.length - a.ports.length)
    .map(({ ports, hops }) => ({ source_ports: ports.toSorted((a, b) => a - b), hops }));
}

function fits(a: readonly (string | null)[], b: readonly (string | null)[]): boolean {
  return b.every((hop, index) => hop === null || (a[index] ?? null) === null || a[index] === hop);
}
