import { describe, expect, test } from 'vitest';
import { tunnelAt } from '../../../../src/capture/dissect/tunnel-kind.ts';
import { drawing, OTHER_PROTOCOLS } from '../../../support/other-protocols.ts';
import { Bench, ipv4, udp } from '../../../support/packets.ts';

/** Ports that the dissector assigns to tunnels. */
const TUNNEL_PORTS = [
  4789, 8472, 6784, 4790, 6081, 6080, 4754, 6635, 2152, 3386, 2123, 500, 4500, 1701, 3544, 5072, 5246, 5247, 6783, 1194,
  2408, 51820,
];
const NAME_PORTS = [53, 5353, 5355];
const DATAGRAMS = 100_000;

/** Tunnels that are wrongly recognised in datagrams: kind and protocol, with a count. */
function seen(portsOf: (draw: (below: number) => number) => readonly [number, number], seed: number): string[] {
  const draw = drawing(seed);
  const bench = new Bench();
  const kinds = Object.entries(OTHER_PROTOCOLS);
  const counts = new Map<string, number>();
  for (let i = 0; i < DATAGRAMS; i++) {
    const [name, make] = kinds[i % kinds.length] ?? ['', () => []];
    const [source, destination] = portsOf(draw);
    const addresses = {
      source: [10, draw(256), draw(256), draw(256)],
      destination: [10, draw(256), draw(256), draw(256)],
    };
    bench.ip(ipv4(17, udp(source, destination, make(draw)), addresses));
    for (let layer = 0; layer < bench.stack.count; layer++) {
      const tunnel = tunnelAt(bench.stack, layer);
      if (tunnel !== null) counts.set(`${tunnel} in ${name}`, (counts.get(`${tunnel} in ${name}`) ?? 0) + 1);
    }
  }
  return [...counts].map(([text, count]) => `${text}: ${count}`).toSorted();
}

describe('no tunnel is recognised in 100,000 datagrams of other protocols', () => {
  test('between random ports', () => {
    expect(seen((draw) => [1024 + draw(64_512), 1024 + draw(64_512)], 1)).toEqual([]);
  });

  test('between a random port and a DNS port', () => {
    expect(seen((draw) => [1 + draw(65_535), NAME_PORTS[draw(3)] ?? 53], 2)).toEqual([]);
  });

  test('to and from a port of a tunnel', () => {
    expect(seen((draw) => [1024 + draw(64_512), TUNNEL_PORTS[draw(TUNNEL_PORTS.length)] ?? 0], 3)).toEqual([]);
    expect(seen((draw) => [TUNNEL_PORTS[draw(TUNNEL_PORTS.length)] ?? 0, 1024 + draw(64_512)], 4)).toEqual([]);
  });
});
