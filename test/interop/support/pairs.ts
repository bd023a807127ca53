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

/** The first end that is under test: each of them is in a pair with the roles reversed. */
export const OURS: Implementation = PAIRS[0]?.near ?? 'winze';

function implementation(name: string | undefined): Implementation {
  if (name === 'winze' || name === 'wireguard-go') return name;
  throw new Error(`WINZE_TUNNEL_PAIRS names ${name}: there are winze and wireguard-go`);
}
