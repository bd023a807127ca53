/**
 * Which implementations the tests of the tunnel join.
 *
 * `WINZE_TUNNEL_PAIRS` (`NEAR:FAR`, separated by spaces) names others, such as `wireguard-go:wireguard-go`, which tests
 * the tests.
 *
 * @module
 */
import type { Implementation } from './tunnel-end.ts';
import type { Ends } from './tunnel-lab.ts';

export const PAIRS: readonly Ends[] = (process.env.WINZE_TUNNEL_PAIRS ?? 'winze:wireguard-go wireguard-go:winze')
  .split(' ')
  .map((pair) => {
    const [near, far] = pair.split(':');
    return { near: implementation(near), far: implementation(far) };
  });

/** Whom winze is joined with. */
export const PEER: Implementation = PAIRS[0]?.far ?? 'wireguard-go';

/** The first end that is under test: each of them is in a pair with the roles reversed. */
export const OURS: Implementation = PAIRS[0]?.near ?? 'winze';

/** A word about what is left out with this peer, so that nothing is left out silently. Returns whether it is. */
export function leftOutWith(peer: Implementation, what: string, reason: string): boolean {
  if (PEER !== peer) return false;
  console.warn(`skipped with ${peer}: ${what}: ${reason}`);
  return true;
}

/** What a wait has more of, and a limit of it, where one end is emulated. */
export const SLOWER = PEER === 'kernel' ? 4 : 1;

/** Families of the outer addresses: with the kernel, each end in turn has one of them, since emulation is slow. */
export function outerFamilies(ends: Ends): readonly (4 | 6)[] {
  if (PEER !== 'kernel') return [4, 6];
  return ends.near === 'kernel' ? [6] : [4];
}

function implementation(name: string | undefined): Implementation {
  if (name === 'winze' || name === 'wireguard-go' || name === 'kernel') return name;
  throw new Error(`WINZE_TUNNEL_PAIRS names ${name}: there are winze, wireguard-go and kernel`);
}
