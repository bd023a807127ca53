/**
 * The configuration of probes of a path, from the options of the command line.
 *
 * @module
 */
import { usageError } from '../core/errors.ts';
import { DEFAULT_PORT } from '../core/shapes/config.ts';
import type { ProbeConfig } from '../core/shapes/path/probe-config.ts';
import type { ProbeKind, ProbeProtocol, ProbeSpec, ProbeTarget } from '../core/shapes/path/probe-spec.ts';
import { completeProbe, USUAL_PROBES } from '../measure/probe-defaults.ts';
import { refuseOtherFamily, refuseRepeated } from './client-settings.ts';
import { refuseIdle } from './idle-options.ts';
import type { OptionRow } from './option-row.ts';
import { OPTIONS, type Options } from './option-table.ts';
import { hasTraceBack, isPathLetter, PATH_LETTERS } from './path-letters.ts';

/** The part of the configuration of probes that the options decide. */
export type ProbeSettings = Omit<ProbeConfig, 'signal' | 'onEvent'>;

type Letter = NonNullable<Options['test']>[number];

/** Options that say where the server is, and how it is entered. */
const OF_A_CLIENT: readonly string[] = ['client', 'port', 'secretFile', 'noWait', 'via'];
const ANY: readonly ProbeProtocol[] = ['tcp', 'udp', 'icmp'];
/** Protocols of each kind of test, and why it has no other. */
const PROTOCOLS: Readonly<Record<ProbeKind, readonly [protocols: readonly ProbeProtocol[], why: string]>> = {
  trace: [ANY, ''],
  mtr: [ANY, ''],
  mtu: [ANY, ''],
  ping: [ANY, ''],
  connections: [['tcp'], 'connections are those of TCP'],
  latency: [['tcp'], 'without winze at the far end, nothing answers datagrams; use -t pi for ICMP'],
  http: [['tcp'], 'HTTP is measured over TCP'],
};
/** Payload of UDP in the longest packet of IPv4. */
const MOST_LENGTH = 65_507;
/** Sources that are compared. */
const MOST_SOURCES = 8;

/** Builds the configuration of `probe`. @throws NetError `ERR_USAGE` */
export function probeSettings(options: Options): ProbeSettings {
  refuseOthers(options);
  const isClient = options.external === undefined;
  const target: ProbeTarget = options.external ?? {
    name: options.client ?? '',
    port: options.port ?? DEFAULT_PORT,
    url: null,
  };
  const families = familiesOf(options);
  const only = families.length === 1 ? (families[0] ?? null) : null;
  refuseOtherFamily(only, [target.name, ...(options.via ?? []), ...(options.ip ?? [])]);
  refuseRepeated([target.name, ...(options.via ?? [])]);
  const kinds = kindsOf(options);
  const tests = kinds.flatMap((kind) => protocolsOf(options, kind, target).map((one) => specOf(options, kind, one)));
  refuseIdle(options, tests);
  if (tests.length > 1 && tests.some(({ duration_ns }) => duration_ns === 0)) {
    throw usageError('-d 0 with several tests: the first would never end; choose one -t and one -p');
  }
  return {
    target,
    server: isClient ? { secret: null, wait: options.noWait !== true } : null,
    tests,
    title: options.title ?? null,
    families,
    sources: options.from ?? [],
    via: options.via ?? [],
    local_address: options.ip?.[0] ?? null,
    device: options.dev ?? null,
    connect_timeout_ns: options.connectTimeout ?? USUAL_PROBES.connect_timeout_ns,
    engine: options.engine ?? USUAL_PROBES.engine,
  };
}

function refuseOthers(options: Options): void {
  for (const [key, row] of Object.entries<OptionRow>(OPTIONS)) {
    if (!(key in options) || row.roles.includes('external') || OF_A_CLIENT.includes(key)) continue;
    throw usageError(`${row.names[0]} is for bandwidth and latency tests against a server; leave it out`);
  }
  if (options.json && options.jsonStream) throw usageError('--json and --json-stream exclude each other; choose one');
  if (options.tos !== undefined && options.dscp !== undefined) {
    throw usageError('-tos and --dscp set the same octet; leave out one');
  }
  if ((options.ip?.length ?? 0) > 1) throw usageError('-ip: probes leave from one address; several are for a server');
  if (options.from !== undefined && (options.ip ?? options.dev) !== undefined) {
    throw usageError(`--from says where probes leave from; leave out ${options.ip === undefined ? '--dev' : '-ip'}`);
  }
  if (options.from !== undefined && options.via !== undefined) {
    throw usageError('--from compares sources, --via compares addresses of the server; leave out one');
  }
  if ((options.via?.length ?? 0) > MOST_SOURCES) throw usageError(`--via: ${MOST_SOURCES} addresses at most`);
  if ((options.from?.length ?? 0) > MOST_SOURCES) throw usageError(`--from: ${MOST_SOURCES} sources at most`);
  if ((options.length ?? 0) > MOST_LENGTH) {
    throw usageError(`-l ${options.length}: a datagram has ${MOST_LENGTH} bytes at most`);
  }
  if (options.port === 0) throw usageError('-port 0 is for a server; say on which port it listens');
}

/** `-4 -6` together test both, one after the other. */
function familiesOf({ ipv4, ipv6 }: Options): readonly (4 | 6)[] {
  return [...(ipv4 ? [4 as const] : []), ...(ipv6 ? [6 as const] : [])];
}

function kindsOf(options: Options): readonly ProbeKind[] {
  const letters: readonly Letter[] = options.test ?? [];
  if (letters.length === 0) return [options.external?.url ? 'http' : 'ping'];
  return letters.map((letter) => {
    if (isPathLetter(letter)) return PATH_LETTERS[letter];
    switch (letter) {
      case 'b':
        throw usageError(
          '-t b needs winze at the far end: start "winze -s" there and use -c HOST; without it: pi c l tr mtr mtu',
        );
      case 'p':
        throw usageError('-t p needs winze at the far end, which counts: start "winze -s" there and use -c HOST');
      case 'c':
        return 'connections';
      case 'l':
        return 'latency';
      default:
        return letter satisfies never;
    }
  });
}

function protocolsOf(options: Options, kind: ProbeKind, target: ProbeTarget): readonly ProbeProtocol[] {
  const asked = options.protocol ?? [usualProtocol(kind, target)];
  const [known, why] = PROTOCOLS[kind];
  const other = asked.find((protocol) => !known.includes(protocol));
  if (other !== undefined) throw usageError(`-p ${other}: ${why}`);
  if (asked.includes('icmp') && options.external?.port != null) {
    throw usageError('-p icmp has no ports; leave out the port of -x');
  }
  return asked;
}

/** Who gives a port asks for what listens there. Without one, the probes need no right and no port that is open. */
function usualProtocol(kind: ProbeKind, { port }: ProbeTarget): ProbeProtocol {
  switch (kind) {
    case 'trace':
    case 'mtr':
      return port === null ? 'udp' : 'tcp';
    case 'mtu':
      return 'udp';
    case 'ping':
      return port === null ? 'icmp' : 'tcp';
    default:
      return 'tcp';
  }
}

/** Options without a meaning for the path MTU, which sends as many probes as it takes, of the sizes that it takes. */
const NOT_OF_MTU = ['count', 'gap', 'length', 'warmup'] as const;

function refuseOfMtu(options: Options): void {
  // Beside another test, they are for that one.
  const isAlone = options.test?.every((letter) => letter === 'mtu') === true;
  const other = NOT_OF_MTU.find((key) => options[key] !== undefined);
  if (isAlone && other !== undefined) {
    throw usageError(
      `${OPTIONS[other].names[0]} is not for the path MTU, whose probes have the sizes and the pace that it takes; leave it out`,
    );
  }
  if (options.client !== undefined && options.clientPort !== undefined) {
    throw usageError('-cport with -t mtu is for -x; leave it out');
  }
}

/** A trace back needs a server. */
function refuseBoth(options: Options): void {
  if (options.external !== undefined) {
    throw usageError('--both needs winze at the far end, which traces back: start "winze -s" there and use -c HOST');
  }
  if (options.test?.some((letter) => letter === 'tr' || letter === 'mtr') !== true) {
    throw usageError('--both is for a trace; use -t tr or -t mtr');
  }
}

function specOf(options: Options, kind: ProbeKind, protocol: ProbeProtocol): ProbeSpec {
  const isTrace = kind === 'trace' || kind === 'mtr';
  if (kind === 'trace' && options.duration !== undefined) {
    throw usageError('-d: a traceroute ends by itself; for one that goes on use -t mtr -d TIME');
  }
  if (!isTrace && (options.hops ?? options.paths) !== undefined) {
    throw usageError(`${options.hops === undefined ? '--paths' : '--hops'} is for a trace; use -t tr or -t mtr`);
  }
  if (options.both) refuseBoth(options);
  if (kind !== 'connections' && options.streams !== undefined) {
    throw usageError('-n is for connections a second (-t c); leave it out');
  }
  if (kind !== 'connections' && options.tls) throw usageError('--tls is for connections a second; use -t c');
  if (kind === 'mtu') refuseOfMtu(options);
  const { warmup } = options;
  if (warmup !== undefined && warmup.count === null) {
    throw usageError('-w counts probes here, not time: give a whole number');
  }
  const usual = completeProbe({ test: kind, protocol });
  return {
    ...usual,
    duration_ns: options.duration ?? usual.duration_ns,
    count: options.count ?? usual.count,
    gap_ns: options.gap ?? usual.gap_ns,
    length_bytes: options.length ?? usual.length_bytes,
    streams: options.streams ?? usual.streams,
    tls: options.tls === true,
    tos: options.tos ?? options.dscp ?? usual.tos,
    client_port: options.clientPort ?? usual.client_port,
    warmup: warmup?.count ?? usual.warmup,
    names: options.noNames !== true,
    paths: options.paths ?? usual.paths,
    both: hasTraceBack(options, kind),
    max_hops: options.hops ?? usual.max_hops,
  };
}
