/**
 * Combinations of client options that contradict each other.
 *
 * @module
 */
import { usageError } from '../core/errors.ts';
import type { Options } from './option-table.ts';
import { testKinds } from './test-specs.ts';

/** A contradiction, and the message that says which option to leave out. */
type Rule = readonly [applies: (options: Options) => boolean, message: string | ((options: Options) => string)];

const given = (...values: readonly unknown[]): boolean => values.every((value) => value !== undefined);
const noBandwidth = (options: Options): boolean => !testKinds(options).includes('bandwidth');
/** Without a bandwidth test or one of packets, which sends payload in the same way. */
const noPayload = (options: Options): boolean => noBandwidth(options) && !testKinds(options).includes('packets');
const noConnections = (options: Options): boolean => !testKinds(options).includes('connections');
const noLatency = (options: Options): boolean => !testKinds(options).includes('latency');
const noTcp = ({ protocol }: Options): boolean => protocol !== undefined && !protocol.includes('tcp');
const noUdp = ({ protocol }: Options): boolean => protocol === undefined || !protocol.includes('udp');
const hasAny = ({ test = [] }: Options, ...letters: readonly string[]): boolean =>
  test.some((letter) => letters.includes(letter));
const several = (options: Options): boolean => testKinds(options).length * (options.protocol?.length ?? 1) > 1;

const hasOnlyNodeOptions = (o: Options): boolean =>
  [o.dev, o.tos, o.dscp, o.congestion, o.window, o.mss].every((value) => value === undefined);

const RULES: readonly Rule[] = [
  [(o) => given(o.hold, o.warmup), '--hold takes no -w: connections that are held are all counted'],
  [
    (o) => o.protocol?.includes('icmp') === true,
    '-p icmp is for pi, tr, mtr and mtu; a test against a server has tcp and udp',
  ],
  [(o) => given(o.count) && !hasAny(o, 'pi', 'tr', 'mtr'), intervalOrCount],
  [(o) => given(o.hops) && !hasAny(o, 'tr', 'mtr'), '--hops is for a trace; add -t tr or -t mtr'],
  [(o) => given(o.paths) && !hasAny(o, 'tr', 'mtr'), '--paths is for a trace; add -t tr or -t mtr'],
  [(o) => given(o.both) && !hasAny(o, 'tr', 'mtr'), '--both is for a trace; add -t tr or -t mtr'],
  [(o) => given(o.from), '--from is for probes of a path (-x, and -c with pi, tr, mtr, mtu); here use -ip or --dev'],
  [(o) => given(o.noNames) && !hasAny(o, 'tr', 'mtr'), '--no-names is for a trace; add -t tr or -t mtr'],
  [
    (o) => given(o.clientPort) && !noConnections(o),
    '-cport with -t c: each connection has a port of its own, and there are too few behind one; leave it out',
  ],
  [
    (o) => given(o.clientPort) && (given(o.via) || several(o)),
    '-cport is for one test on one path: the next one would find its ports in use; choose one -t and one -p',
  ],

  [(o) => given(o.reverse, o.bidir), '-r and --bidir exclude each other: --bidir is both directions; leave out -r'],
  [
    (o) => given(o.duration, o.bytes),
    '-d and --bytes exclude each other: a test ends by time or by size; leave out one',
  ],
  [(o) => given(o.tos, o.dscp), '-tos and --dscp set the same octet; leave out one'],
  [(o) => given(o.json, o.jsonStream), '--json and --json-stream exclude each other; choose one'],
  [(o) => o.port === 0, '-port 0 is for a server; say on which port it listens'],
  [(o) => (o.ip?.length ?? 0) > 1, '-ip: a client binds to one address; several are for a server'],

  [(o) => o.duration === 0 && given(o.via), '-d 0 with --via: a comparison needs an end; give a time for each round'],
  [
    (o) => o.duration === 0 && several(o),
    '-d 0 with several tests: the first would never end; choose one -t and one -p',
  ],
  [(o) => given(o.during) && !given(o.via), '--during captures below a tunnel; add --via ADDR, its address inside'],
  [(o) => given(o.rounds) && !given(o.via), '--rounds is for a comparison; add --via ADDR'],

  [(o) => noLatency(o) && given(o.gap), '-g is the gap of latency probes; add -t l, or for a rate use -b RATE'],
  [(o) => noPayload(o) && given(o.rate), '-b is for a bandwidth test; for a latency test use -g TIME'],
  [
    (o) => noPayload(o) && noConnections(o) && given(o.streams),
    '-n is for a bandwidth test; a latency test has one stream',
  ],
  [(o) => noConnections(o) && given(o.tls), '--tls is for a test of connections; add -t c'],
  [
    (o) => given(o.tls) && !hasOnlyNodeOptions(o),
    "--tls connects with Node's sockets: leave out --dev, -tos, --dscp, --congestion, --window and --mss",
  ],
  [(o) => noConnections(o) && given(o.hold), '--hold is for a test of connections; add -t c'],
  [
    (o) => testKinds(o).every((kind) => kind === 'connections') && noTcp(o),
    '-t c is a test over TCP, since UDP has no connections; leave out -p udp',
  ],
  [
    (o) => testKinds(o).every((kind) => kind === 'connections') && given(o.length),
    '-l is no option of -t c: a connection carries nothing but the token of its test',
  ],
  [(o) => noPayload(o) && given(o.reverse), '-r is for a bandwidth test; -t l and -t c have no direction'],
  [(o) => noPayload(o) && given(o.bidir), '--bidir is for a bandwidth test; -t l and -t c have no direction'],
  [(o) => noPayload(o) && given(o.bytes), '--bytes is for a bandwidth test; for a latency test use -d TIME'],
  [(o) => noBandwidth(o) && given(o.rxCopy), '--rx-copy is for a bandwidth test; leave it out'],

  [(o) => noTcp(o) && given(o.congestion), '--congestion is for TCP; leave it out or use -p tcp'],
  [(o) => noTcp(o) && given(o.mss), '--mss is for TCP; for UDP use -l LEN'],
  [(o) => noTcp(o) && given(o.noDelay), '--no-delay is for TCP; leave it out or use -p tcp'],
  [(o) => noTcp(o) && given(o.rxCopy), '--rx-copy is for TCP; leave it out or use -p tcp'],
  [(o) => noUdp(o) && given(o.dontFragment), '--dont-fragment is for UDP, TCP never fragments; use -p udp'],
];

/** Refuses options that contradict each other. @throws NetError `ERR_USAGE` */
export function refuseContradictions(options: Options): void {
  const broken = RULES.find(([applies]) => applies(options));
  if (broken) throw usageError(typeof broken[1] === 'string' ? broken[1] : broken[1](options));
}

/** In iperf3, which has no -t l, the time between report lines, at most 60 s; in ethr a number of round trips. */
function intervalOrCount({ count = 0, test }: Options): string {
  return count > 60 || test?.includes('l')
    ? '-i counts probes of a path (pi, tr, mtr); here they leave on a schedule: use -t l -g TIME -d TIME'
    : `-i counts probes of a path (pi, tr, mtr); for the time between report lines use --interval ${count}`;
}
