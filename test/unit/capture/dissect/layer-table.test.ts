import { describe, expect, test } from 'vitest';
import { LAYER } from '../../../../src/capture/dissect/layer-kind.ts';
import { type AnyLayer, byKind, LAYERS, layerName } from '../../../../src/capture/dissect/layer-table.ts';
import { layerOfLinkType } from '../../../../src/capture/dissect/next-layers.ts';
import { TUNNEL_KINDS, tunnelFacts } from '../../../../src/capture/dissect/tunnel-kind.ts';

const rows = Object.entries<AnyLayer>(LAYERS);
const twice = (values: readonly unknown[]): unknown[] => values.filter((value, i) => values.indexOf(value) < i);

describe('the layer table', () => {
  test('gives each row a number, which is that of LAYER if LAYER has the row', () => {
    const keys = byKind((_, key) => key);
    expect([...keys].sort()).toEqual(Object.keys(LAYERS).sort());
    for (const [key, kind] of Object.entries(LAYER)) expect(keys[kind], key).toBe(key);
    // A stack stores a layer number in one octet, and so does the key of a flow.
    expect(keys.length).toBeLessThan(256);
    expect(TUNNEL_KINDS.length).toBeLessThan(256);
  });

  test('names each layer once', () => {
    expect(twice(rows.map(([, { name }]) => name))).toEqual([]);
    expect(layerName(LAYER.hopByHop)).toBe('hop-by-hop');
    expect(layerName(255)).toBe('unknown');
  });

  test.each(['linkTypes', 'etherTypes', 'ipProtocols'] as const)('no two layers share a number of %s', (numbers) => {
    const all = rows.flatMap(([, { carriers }]) => carriers[numbers] ?? []);
    expect(all.length).toBeGreaterThan(5);
    expect(twice(all)).toEqual([]);
  });

  test('two layers share a UDP port only if their content distinguishes them', () => {
    const ports = rows.flatMap(([, { carriers }]) => (carriers.udp ?? []).map(({ port }) => port));
    // GTP' and user packets of GTP version 0.
    expect(twice(ports)).toEqual([3386]);
  });

  test('has the same facts for a kind of tunnel in every row', () => {
    for (const [key, { tunnel }] of rows) {
      for (const [kind, facts] of Object.entries(tunnel?.kinds ?? {})) {
        expect(facts, `${key}: ${kind}`).toBe(tunnelFacts(TUNNEL_KINDS.find((name) => name === kind) ?? 'gre'));
      }
    }
  });

  test('finds the layer of a link type (draft-ietf-opsawg-pcaplinktype)', () => {
    expect([0, 1, 9, 101, 113, 229, 239, 276].map((type) => layerName(layerOfLinkType(type)))).toEqual([
      'loopback',
      'ethernet',
      'ppp',
      'ipv4',
      'sll',
      'ipv6',
      'nflog',
      'sll2',
    ]);
    expect([2, 65_535, 65_536, 2 ** 31].map(layerOfLinkType)).toEqual([0, 0, 0, 0]);
  });
});
