/**
 * Tunnels between nodes as network plugins of Kubernetes lay them out: MTU and ceiling of each.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPeers } from '../interop/support/peers.ts';
import { CILIUM, type CniLayout, ciliumLines, type End, PLUGINS } from './support/cni-layouts.ts';
import { batch, countedRatio, DeviceLab, type Measured, NAMESPACES, wireguard } from './support/device-lab.ts';

const LINE = '192.0.2.2';
const PAYLOAD_BYTES = 28_672;
const MODULES = ['veth', 'vxlan', 'geneve', 'ipip', 'wireguard', 'ip_tunnel'];

const skipped = missingPeers(['kernel', 'tcpdump', 'wg', 'ip', 'bridge', 'ethtool']);

describe.skipIf(skipped)('nodes of Kubernetes', () => {
  let lab: DeviceLab;

  beforeAll(async () => {
    lab = await DeviceLab.begin(MODULES);
  }, 300_000);
  afterAll(() => lab?.end());

  describe.each([
    ['several plugins', PLUGINS, (): readonly string[] => [], ''],
    [
      'Cilium',
      CILIUM,
      ciliumLines,
      // Its own keys, besides those of the layouts.
      ends()
        .map(([end, , it]) => wireguard(end, 'cilium_wg0', 51871, `192.0.2.${it}/32`, it))
        .join('\n'),
    ],
  ] as const)('with %s', (_, layouts, before, after) => {
    let measured: ReadonlyMap<string, Measured>;
    let links: ReadonlyMap<string, { readonly mtu: number }>;

    beforeAll(async () => {
      await lab.sh(`${layOut(layouts, before)}\n${after}`);
      links = await lab.links();
      measured = await lab.compare(PAYLOAD_BYTES, [[LINE, ...layouts.map(({ address }) => address(2))]]);
    }, 1_500_000);

    test.each(layouts)('$name: the MTU is that of the route', ({ address, device, deviceMtu, kind, layers, mtu }) => {
      const path = measured.get(address(2))?.path;
      expect(path?.error).toBeNull();
      expect(links.get(device)?.mtu).toBe(deviceMtu);
      expect(path).toMatchObject({
        client: { device, kind, mtu_bytes: mtu },
        server: { device, kind, mtu_bytes: mtu },
      });
      expect(path?.client.encapsulation?.map((layer) => layer.kind) ?? null).toEqual(layers);
    });

    test.each(layouts)('$name: the ceiling is what tcpdump counts, within 0.2 %', ({ address, filter, mtu, name }) => {
      const line = countedRatio(lab.frames(`tcp and dst host ${LINE} and dst port 8888`), PAYLOAD_BYTES, 1500 - 52);
      const inside = countedRatio(lab.frames(filter), PAYLOAD_BYTES, mtu - 52);
      const ceiling = measured.get(address(2))?.overhead?.ceiling_ratio ?? Number.NaN;
      console.info(`${name}: ceiling ${ceiling.toFixed(5)}, counted ${(inside / line).toFixed(5)}`);
      expect(Math.abs(ceiling / (inside / line) - 1)).toBeLessThan(0.002);
    });
  });
});

function ends(): readonly (readonly ['near' | 'far', End, End])[] {
  return [
    ['near', 1, 2],
    ['far', 2, 1],
  ];
}

function layOut(layouts: readonly CniLayout[], before: (me: End, it: End) => readonly string[]): string {
  const forwarding = (it: End): readonly string[] => layouts.flatMap((layout) => layout.forwarding?.(it) ?? []);
  return [
    NAMESPACES,
    ...ends().flatMap(([end, me, it]) => [
      batch(end, [
        'link set lo up',
        'link set line gso_max_segs 1 up',
        `addr add 192.0.2.${me}/24 dev line`,
        ...before(me, it),
        ...layouts.flatMap(({ lines }) => lines(me, it)),
      ]),
      ...forwarding(it).map((line) => `bridge -n ${end} ${line}`),
    ]),
    ...ends().flatMap(([end, , it]) =>
      layouts.flatMap((layout) => {
        const found = layout.wireguard?.(it);
        return found === undefined ? [] : wireguard(end, ...found, it);
      }),
    ),
  ].join('\n');
}
