/**
 * All options of the program that are not those of a subcommand: names, value, roles, help.
 *
 * The argument pass, commander, the help page and the types of the parsed options all come from
 * this table. A key is the long name in camel case, which is how commander calls it.
 *
 * @module
 */
import { NS_PER_MS, NS_PER_S } from '../core/time.ts';
import { MOST_HELD, MOST_STREAMS } from '../measure/test-defaults.ts';
import { flag, many, type OptionRow, one, type Role, type ValueOf } from './option-row.ts';
import { host, localAddress, source } from './values/address-values.ts';
import { destination } from './values/destination.ts';
import { listenEndpoint } from './values/listen-value.ts';
import { pushUrl } from './values/push-url.ts';
import * as read from './values/values.ts';

/** Headings of the help page. */
export const GROUPS = {
  mode: 'Mode:',
  test: 'Test (client):',
  probe: 'Probes of a path (-x, and -c with tr mtr mtu pi):',
  compare: 'Comparison (client):',
  lab: 'Line of the lab, each value each way:',
  socket: 'Sockets:',
  server: 'Limits (server):',
  output: 'Output:',
} as const;

const ANY: readonly Role[] = ['server', 'client', 'external', 'lab'];
const NET: readonly Role[] = ['server', 'client'];
const ENDS: readonly Role[] = ['server', 'client', 'external'];
const CLIENT: readonly Role[] = ['client'];
const PROBE: readonly Role[] = ['client', 'external'];
const MEASURE: readonly Role[] = ['client', 'external', 'lab'];
const LAB: readonly Role[] = ['lab'];
const SERVER: readonly Role[] = ['server'];

const LONGEST_NS = 2400 * 3600 * NS_PER_S;
const MAX_BYTES = Number.MAX_SAFE_INTEGER;
/** Greatest value of `-l`, as in ethr. A test writes at most 16 MiB at once; larger lengths are split. */
const LONGEST_WRITE = 2 ** 31;
const HOUR_NS = 3600 * NS_PER_S;
/** Leaves 480 bytes, which the tests need, to a tunnel inside the tunnel. */
const LEAST_MTU = 640;
/** A round trip of 0.8 s, more than over a satellite, is within the second that a latency test waits for its last answers. */
const MOST_DELAY_NS = 400 * NS_PER_MS;

const mode = { group: GROUPS.mode, roles: ANY };
const test = { group: GROUPS.test, roles: CLIENT };
const tested = { group: GROUPS.test, roles: PROBE };
const probe = { group: GROUPS.probe, roles: PROBE };
const timed = { group: GROUPS.test, roles: MEASURE };
const compare = { group: GROUPS.compare, roles: CLIENT };
const lab = { group: GROUPS.lab, roles: LAB };
const socket = { group: GROUPS.socket, roles: CLIENT };
const probing = { group: GROUPS.socket, roles: PROBE };
const ends = { group: GROUPS.socket, roles: ENDS };
const shared = { group: GROUPS.socket, roles: NET };
const server = { group: GROUPS.server, roles: SERVER };
const output = { group: GROUPS.output, roles: ANY };
const measured = { group: GROUPS.output, roles: MEASURE };

/** Tests of ethr that winze does not have, and the answer to each. */
const ABSENT_TESTS = new Map([
  ['load', 'latency under load is not there yet; b (bandwidth) and l (latency) are'],
  // So the help of ethr calls its test of latency.
  ['cl', 'the test of latency is l'],
]);
/** Protocols of ethr that winze does not have, and the answer to each. */
const ABSENT_PROTOCOLS = new Map([
  ['http', 'HTTP is measured with -x http://HOST/'],
  ['https', 'HTTPS is measured with -x https://HOST/'],
]);

/** The rows. The key is the long name in camel case, under which commander stores the value. */
export const OPTIONS = {
  server: flag(['-s', '--server'], { ...mode, help: 'be the server: waits for clients until Ctrl-C' }),
  client: one(['-c', '--client'], 'HOST', host, { ...mode, help: 'test against the server on HOST' }),
  external: one(['-x', '--external'], 'DEST', destination, {
    ...mode,
    help: 'test the path to DEST, where no winze runs: host, host:port or URL',
  }),
  help: flag(['-h', '--help'], {
    ...mode,
    help: 'print a page of help; of one command after -s, -c HOST, -x DEST or lab',
  }),
  version: flag(['-v', '--version'], { ...mode, help: 'print the version, with --json also what it runs on' }),

  protocol: one(['-p', '--protocol'], 'PROTO', read.listOf(['tcp', 'udp', 'icmp'], ABSENT_PROTOCOLS), {
    ...tested,
    help: 'tcp, udp, or icmp for pi tr mtr mtu, or several: tcp,udp (default tcp; latency and packets udp)',
  }),
  test: one(['-t', '--test'], 'TEST', read.listOf(['b', 'l', 'p', 'c', 'pi', 'tr', 'mtr', 'mtu'], ABSENT_TESTS), {
    ...tested,
    help: 'b bandwidth, l latency, p packets a second, c connections a second, pi ping, tr traceroute, mtr, mtu path MTU, or several: b,l (default b; with --via b,l; with -x pi)',
  }),
  reverse: flag(['-r', '--reverse'], { ...test, help: 'download: the server sends' }),
  bidir: flag(['--bidir'], { ...test, help: 'both directions at the same time' }),
  streams: one(['-n', '--streams'], 'N', read.wholeNumber(0, MOST_STREAMS), {
    ...tested,
    help: 'parallel streams of a bandwidth test, or connections at a time, 1 to 128, or 0: one a processor (default 1)',
  }),
  length: one(['-l', '--length'], 'LEN', read.size(1, LONGEST_WRITE), {
    ...tested,
    help: 'bytes of a write or datagram (default TCP 128K, UDP 1400 or with --via 1372, latency 64, ping 56; of packets an IP packet of 64: UDP 36, TCP 12); with -t b,l that of the bandwidth test',
  }),
  rate: one(['-b', '--rate'], 'RATE', read.rate, {
    ...timed,
    roles: ['client', 'lab'],
    help: 'payload bits per second of all streams together, paced: 500M, 1.5G (default as fast as it goes); in the lab the rate of the line',
  }),
  duration: one(['-d', '--duration'], 'TIME', read.duration(0, LONGEST_NS, '; -d 0 goes on until Ctrl-C'), {
    ...timed,
    help: 'time of one test: 10s, 500ms, 1m30s, 1d; 0 until Ctrl-C (default 10s; with --via 3s a round; in the lab what fits a minute)',
  }),
  bytes: one(['--bytes'], 'SIZE', read.size(1, MAX_BYTES), {
    ...test,
    help: 'end the bandwidth test after this much payload instead: 1G',
  }),
  warmup: one(['-w', '--warmup'], 'TIME', read.warmup(HOUR_NS), {
    ...tested,
    help: 'time at the start that is left out of the result (default 0); of probes a number of them',
  }),
  hold: one(['--hold'], 'N', read.wholeNumber(1, MOST_HELD), {
    ...test,
    help: 'with -t c: open N connections and keep them, instead of closing each at once',
  }),
  tls: flag(['--tls'], {
    ...tested,
    help: 'with -t c: a full TLS handshake on each connection too, without resumption',
  }),
  noTrial: flag(['--no-trial'], {
    ...test,
    help: 'after a test, send nothing more to find out what limited it',
  }),
  gap: one(['-g', '--gap'], 'TIME', read.gap(NS_PER_MS, HOUR_NS), {
    ...tested,
    help: 'time between latency probes, 1ms or more; 0 is 1ms (default 10ms; of pings and mtr 1s)',
  }),
  interval: one(['--interval'], 'TIME', read.duration(100 * NS_PER_MS, HOUR_NS), {
    ...test,
    help: 'time between report lines, 100ms or more (default 1s)',
  }),
  rxCopy: flag(['--rx-copy'], { ...test, help: 'copy received TCP data to user memory, as iperf3 does' }),

  count: one(['-i', '--count'], 'N', read.wholeNumber(1, 1_000_000_000), {
    ...probe,
    help: 'rounds of mtr, probes of a ping, round trips: ends the test',
  }),
  hops: one(['--hops'], 'N', read.wholeNumber(1, 255), {
    ...probe,
    help: 'greatest TTL of a trace (default 30)',
  }),
  paths: one(['--paths'], 'N', read.wholeNumber(1, 64), {
    ...probe,
    help: 'source ports to trace with: shows branches of the path (default 1)',
  }),
  both: flag(['--both'], {
    ...probe,
    help: 'with -c and -t tr or mtr: also the trace from the server back to this host, once',
  }),
  noNames: flag(['--no-names'], { ...probe, help: 'look up no names of addresses' }),

  via: many(['--via'], 'ADDR', host, {
    ...compare,
    variadic: true,
    help: 'the same server at another address, such as inside the tunnel; tests alternate between the paths, traces run at the same time',
  }),
  rounds: one(['--rounds'], 'N', read.wholeNumber(3, 1000), {
    ...compare,
    help: 'rounds of a comparison, 3 or more (default 3)',
  }),
  during: flag(['--during'], {
    ...compare,
    help: 'capture the packets of a WireGuard tunnel meanwhile, at both ends, and count them (root, tcpdump)',
  }),

  delay: one(['--delay'], 'TIME', read.duration(0, MOST_DELAY_NS), {
    ...lab,
    help: 'time that the line takes: 20ms (default 0)',
  }),
  loss: one(['--loss'], 'SHARE', read.share, { ...lab, help: 'share of the packets that it loses: 0.5% (default 0)' }),
  mtu: one(['--mtu'], 'BYTES', read.wholeNumber(LEAST_MTU, 9000), {
    ...lab,
    help: 'largest packet of the line, 640 to 9000 (default 1500)',
  }),
  nest: flag(['--nest'], { ...lab, help: 'also a tunnel inside the tunnel' }),

  port: one(['-port', '--port'], 'PORT', read.wholeNumber(0, 65535), {
    ...shared,
    help: 'TCP and UDP port of the server (default 8888)',
  }),
  ip: many(['-ip', '--ip'], 'ADDR', localAddress, {
    ...ends,
    variadic: false,
    help: 'address of this host to bind to; a server may have several',
  }),
  ipv4: flag(['-4', '--ipv4'], { ...ends, help: 'IPv4 only' }),
  ipv6: flag(['-6', '--ipv6'], { ...ends, help: 'IPv6 only' }),
  from: many(['--from'], 'SOURCE', source, {
    ...probe,
    variadic: false,
    help: 'address or device of this host to probe from; several are compared, in turns or at the same time: --from eth0 --from wg0',
  }),
  clientPort: one(['-cport', '--client-port'], 'PORT', read.wholeNumber(1, 65535), {
    ...probe,
    group: GROUPS.socket,
    help: 'local port; stream i uses PORT+i (default: the system chooses)',
  }),
  dev: one(['--dev'], 'DEV', read.device, { ...probing, help: 'network device to bind to' }),
  tos: one(['-tos', '--tos'], 'N', read.tos, { ...probing, help: 'TOS or traffic class octet, 0 to 255' }),
  dscp: one(['--dscp'], 'NAME', read.dscp, { ...probing, help: 'the same by code point: EF, AF41, CS1, 46' }),
  congestion: one(['--congestion'], 'NAME', read.congestionControl, {
    ...socket,
    roles: ['client', 'lab'],
    help: 'TCP congestion control: cubic, bbr',
  }),
  window: one(['--window'], 'SIZE', read.size(1024, 2 ** 29), { ...socket, help: 'socket buffers of both ends' }),
  // 88 is the least that Linux takes (TCP_MIN_MSS), 32767 the most (MAX_TCP_WINDOW).
  mss: one(['--mss'], 'N', read.wholeNumber(88, 32767), { ...socket, help: 'largest TCP segment' }),
  noDelay: flag(['--no-delay'], { ...socket, help: 'TCP without the Nagle algorithm' }),
  dontFragment: flag(['--dont-fragment'], { ...socket, help: 'UDP that routers must not fragment' }),
  secretFile: one(['--secret-file'], 'FILE', read.file, {
    ...shared,
    help: 'shared secret, 16 bytes or more, the same file on both ends',
  }),
  connectTimeout: one(['--connect-timeout'], 'TIME', read.duration(100 * NS_PER_MS, HOUR_NS), {
    ...probing,
    help: 'longest wait for a connection to the server, 100ms or more (default 10s)',
  }),
  noWait: flag(['--no-wait'], { ...socket, help: 'exit 4 at once when the server is busy' }),
  engine: one(['--engine'], 'NAME', read.oneOf(['auto', 'portable']), {
    group: GROUPS.socket,
    roles: ANY,
    help: "auto, or portable: only Node's own sockets (default auto)",
  }),

  oneOff: flag(['-1', '--one-off'], { ...server, help: 'stop after the first client that completed a test' }),
  maxClients: one(['--max-clients'], 'N', read.wholeNumber(1, 10_000), {
    ...server,
    help: 'clients that may test at the same time (default 64), half of them of one address; the others wait',
  }),
  maxRate: one(['--max-rate'], 'RATE', read.rate, {
    ...server,
    help: 'bits per second in each direction for one address, whose clients then come one by one',
  }),
  maxDuration: one(['--max-duration'], 'TIME', read.duration(NS_PER_S, LONGEST_NS), {
    ...server,
    help: 'time that one test may take',
  }),
  maxHeld: one(['--max-held'], 'N', read.wholeNumber(1, MOST_HELD), {
    ...server,
    help: 'connections that one test may hold open (default a fifth of the descriptors, 32768 at most)',
  }),
  maxStreams: one(['--max-streams'], 'N', read.wholeNumber(1, MOST_STREAMS), {
    ...server,
    help: 'streams of one test (default 128)',
  }),
  allowCapture: flag(['--allow-capture'], {
    ...server,
    help: 'let a client with --during have its WireGuard packets counted here',
  }),

  metrics: one(['--metrics'], '[ADDR:]PORT', listenEndpoint, {
    ...output,
    roles: SERVER,
    help: 'serve metrics for Prometheus at http://ADDR:PORT/metrics (ADDR default 127.0.0.1)',
  }),
  json: flag(['--json'], { ...measured, help: 'print one JSON document at the end' }),
  jsonStream: flag(['--json-stream'], { ...output, help: 'print one JSON object a line as things happen' }),
  output: one(['-o', '--output'], 'FILE', read.file, {
    ...output,
    help: 'write what is printed to FILE too; the JSON document if it ends in .json',
  }),
  html: one(['--html'], 'FILE', read.file, {
    ...measured,
    help: 'write a report with charts to FILE too: one HTML page that needs no network',
  }),
  expect: many(['--expect'], 'EXPR', (text) => text, {
    ...measured,
    variadic: true,
    help: "exit 1 if this does not hold: 'goodput>=500M' 'p99<20ms' 'loss<0.1%'",
  }),
  push: one(['--push'], 'URL', pushUrl, {
    ...measured,
    help: 'send the metrics of the result: OTLP as JSON, or the line protocol of InfluxDB if the path ends in /write',
  }),
  pushTokenFile: one(['--push-token-file'], 'FILE', read.file, {
    ...measured,
    help: 'token of the endpoint of --push (the variable WINZE_PUSH_TOKEN does the same)',
  }),
  textfile: one(['--textfile'], 'FILE', read.file, {
    ...measured,
    help: 'write the metrics of the result to FILE, in the folder of node_exporter: winze.prom',
  }),
  title: one(['-T', '--title'], 'TEXT', read.title, { ...measured, help: 'title in the result' }),
  noStreamRows: flag(['-ncs', '--no-stream-rows'], {
    ...output,
    roles: PROBE,
    help: 'no line for each stream, only the sum',
  }),
  decimals: one(['-dp', '--decimals'], 'N', read.rateDecimals, {
    ...output,
    roles: ENDS,
    help: 'decimals of measured bit rates, 1 or 2 (default: three digits)',
  }),
  ui: flag(['-ui', '--ui'], {
    ...output,
    roles: NET,
    help: 'full screen: rates and round trips as graphs, who tests what; q stops and prints the report',
  }),
  quiet: flag(['-q', '--quiet'], { ...output, help: 'no progress, and no lines while a test runs' }),
  noHostFacts: flag(['--no-host-facts'], {
    ...output,
    help: 'do not describe hosts and links after the test',
  }),
  noColor: flag(['--no-color'], { ...output, help: 'no colour (the variable NO_COLOR does the same)' }),
  ascii: flag(['--ascii'], {
    ...output,
    help: 'text in plain ASCII, as where the locale is not UTF-8; JSON stays as it is',
  }),
  debug: flag(['-debug', '--debug'], { ...output, help: 'write every event to stderr, and where errors arose' }),
  noLog: flag(['-no', '--no-log'], { ...output, help: 'as in ethr; no log is written unless -o says so' }),
} as const satisfies Readonly<Record<string, OptionRow>>;

/** The values of the options that were given. */
export type Options = { readonly [K in keyof typeof OPTIONS]?: ValueOf<(typeof OPTIONS)[K]> };
