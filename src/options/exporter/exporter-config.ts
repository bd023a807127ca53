/**
 * Reads the configuration file of an exporter, in YAML or JSON.
 *
 * @module
 */
import type { ExporterConfig, ProbeModule, ProbeModuleKind } from '../../core/shapes/metrics/exporter-config.ts';
import { NS_PER_MS, NS_PER_S } from '../../core/time.ts';
import { MOST_STREAMS } from '../../measure/test-defaults.ts';
import { host } from '../values/address-values.ts';
import { listenEndpoint } from '../values/listen-value.ts';
import { duration, file, oneOf, size, wholeNumber } from '../values/values.ts';
import { DEFAULT_LISTEN, DEFAULT_MODULES } from './default-modules.ts';
import { YamlMap } from './yaml-map.ts';

const KINDS = ['latency', 'tunnel', 'mtu', 'path', 'bandwidth'] as const;
/** Keys by kind of module. */
const KEYS: Readonly<Record<ProbeModuleKind, readonly string[]>> = {
  latency: ['kind', 'server', 'protocol', 'duration', 'gap', 'length'],
  tunnel: ['kind', 'via', 'duration', 'gap', 'length'],
  mtu: ['kind', 'server', 'protocol'],
  path: ['kind', 'protocol', 'hops'],
  bandwidth: ['kind', 'protocol', 'direction', 'streams', 'bytes', 'budget', 'via'],
};
const MOST_BYTES = 2 ** 40;
/** A scrape waits for it: Prometheus gives up after ten seconds by default. */
const LONGEST_NS = 60 * NS_PER_S;
const SHORTEST_NS = 10 * NS_PER_MS;

/**
 * Reads a configuration.
 *
 * @param name - of the file, for messages
 * @throws NetError `ERR_USAGE` with line and key
 */
export function exporterConfig(text: string, name: string): ExporterConfig {
  const whole = YamlMap.parse(text, name);
  whole.allow(['listen', 'secret_file', 'modules'], 'an exporter');
  const map = whole.has('modules') ? whole.map('modules') : YamlMap.parse(DEFAULT_MODULES, 'modules');
  const modules = new Map(map.keys.map((key) => [key, probeModule(map.map(key))]));
  if (modules.size === 0) throw whole.error('modules', 'there is none; leave it out for those that are usual');
  return {
    listen: whole.read('listen', listenEndpoint, listenEndpoint(DEFAULT_LISTEN)),
    secret_file: whole.read('secret_file', file, null),
    modules,
  };
}

function probeModule(map: YamlMap): ProbeModule {
  const kind = map.read('kind', oneOf(KINDS), null);
  if (kind === null) throw map.error('kind', `it is missing; one of ${KINDS.join(', ')}`);
  map.allow(KEYS[kind], `a module of kind ${kind}`);
  switch (kind) {
    case 'latency':
    case 'tunnel':
      return roundTrips(map, kind);
    case 'mtu': {
      const server = readSwitch(map, 'server', true);
      const protocol = map.read('protocol', oneOf(['udp', 'tcp', 'icmp']), 'udp');
      if (server && protocol === 'icmp') throw map.error('protocol', 'icmp is for server: false');
      return { kind, server, protocol };
    }
    case 'path':
      return {
        kind,
        protocol: map.read('protocol', oneOf(['tcp', 'udp', 'icmp']), 'tcp'),
        max_hops: map.read('hops', wholeNumber(1, 255), 30),
      };
    case 'bandwidth':
      return bandwidth(map);
    default:
      return kind satisfies never;
  }
}

function roundTrips(map: YamlMap, kind: 'latency' | 'tunnel'): ProbeModule {
  const server = readSwitch(map, 'server', true);
  const protocol = map.read('protocol', oneOf(['udp', 'tcp', 'icmp']), server ? 'udp' : 'icmp');
  if (!server && protocol === 'udp') throw map.error('protocol', 'udp is for a server of winze; use icmp or tcp');
  const isUdp = protocol === 'udp';
  return {
    kind,
    server: server && isUdp,
    protocol,
    // 100 probes over UDP; a host that did not agree gets ten.
    duration_ns: map.read('duration', duration(SHORTEST_NS, LONGEST_NS), NS_PER_S),
    gap_ns: map.read('gap', duration(NS_PER_MS, LONGEST_NS), (isUdp ? 10 : 100) * NS_PER_MS),
    length_bytes: map.read('length', wholeNumber(64, 1400), null),
    via: map.read('via', host, null),
  };
}

function bandwidth(map: YamlMap): ProbeModule {
  const bytes = map.read('bytes', size(1, MOST_BYTES), null);
  const budget = map.read('budget', size(1, MOST_BYTES), null);
  if (bytes === null) throw map.error('bytes', 'it is missing: how much payload one probe sends, such as 10M');
  if (budget === null) {
    throw map.error('budget', 'it is missing: how much payload an hour may have for one target, such as 1G');
  }
  if (budget < bytes) throw map.error('budget', 'it is less than the bytes of one probe');
  return {
    kind: 'bandwidth',
    protocol: map.read('protocol', oneOf(['tcp', 'udp']), 'tcp'),
    direction: map.read('direction', oneOf(['upload', 'download']), 'upload'),
    streams: map.read('streams', wholeNumber(1, MOST_STREAMS), 1),
    bytes,
    budget_bytes: budget,
    via: map.read('via', host, null),
  };
}

function readSwitch(map: YamlMap, key: string, usual: boolean): boolean {
  return map.read(key, oneOf(['true', 'false']), String(usual)) === 'true';
}
