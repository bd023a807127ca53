/**
 * Topics of `winze help`: which options each shows, with examples and notes.
 *
 * @module
 */
import type { OptionRow, Role } from '../option-row.ts';
import { GROUPS } from '../option-table.ts';
import type { Entry } from './columns.ts';

/** A topic that has a page made from the option table. */
export interface Topic {
  readonly name: string;
  /** A few words for the list of topics. */
  readonly summary: string;
  readonly usage?: string;
  readonly examples: readonly Entry[];
  /** Which rows of the option table the page shows; none if it has notes alone. */
  readonly shows: (row: OptionRow) => boolean;
  readonly notes: readonly string[];
  /** Topics with further options for the same command. */
  readonly more: readonly string[];
}

const RATES =
  'Rates are in bits per second with k M G T = 10^3, 10^6 ...; sizes in bytes with K M G T = 2^10, 2^20 ...; ' +
  'a time without a unit is in seconds.';
const SPELLING =
  'Options may have one dash or two, and "=" or a space before the value, as in ethr; letters are never bundled.';
const STATUS =
  'Exit status: 0 ok; 1 an --expect failed; 2 usage; 3 cannot connect; 4 refused by the server; 5 privilege or ' +
  'component missing, or a file could not be written; 6 cut short, or nothing received: what was measured is printed; ' +
  '70 internal error.';

const none = (): boolean => false;
const ofGroups =
  (role: Role, ...groups: readonly string[]) =>
  (row: OptionRow): boolean =>
    row.roles.includes(role) && groups.includes(row.group);
const ofGroup =
  (group: string) =>
  (row: OptionRow): boolean =>
    row.group === group;

/** Topics in the order in which they are listed. */
export const TOPICS: readonly Topic[] = [
  {
    name: 'test',
    summary: 'bandwidth, latency (-c)',
    usage: 'winze -c HOST [options]',
    examples: [
      ['winze -c 192.0.2.2', 'TCP bandwidth, upload'],
      ['winze -c 192.0.2.2 -r -n 4 -d 30s', 'download with 4 streams for 30 s'],
      ['winze -c 192.0.2.2 --bidir', 'both directions at once'],
      ['winze -c 192.0.2.2 -p udp -b 500M', 'UDP at 500 Mbit/s: loss, reordering'],
      ['winze -c 192.0.2.2 -p udp -t l -g 1ms', 'latency, a probe each millisecond'],
      ['winze -c 192.0.2.2 -t b,l', 'bandwidth, then latency'],
    ],
    shows: ofGroups('client', GROUPS.test),
    notes: ['On HOST runs winze -s.', RATES],
    more: ['compare', 'path', 'sockets', 'output'],
  },
  {
    name: 'path',
    summary: 'ping, trace, path MTU (-x)',
    usage: 'winze -x DEST | -c HOST  -t pi|tr|mtr|mtu [options]',
    examples: [
      ['winze -x example.org:443 -t mtr', 'where on the path? in rounds'],
      ['winze -x example.org -t tr -p icmp', 'a traceroute'],
      ['winze -x example.org -t pi -i 20', 'a ping of 20 probes'],
      ['winze -c 192.0.2.2 -t pi -p udp', 'a ping whose datagrams a server returns'],
      ['winze -x example.org -t mtu', 'the largest packet that passes'],
      ['winze -c 192.0.2.2 -t mtr', 'the path of the tests to a server'],
    ],
    shows: ofGroups('external', GROUPS.probe, GROUPS.test),
    notes: ['With -x no winze is needed at the far end. DEST is a host, host:port, or a URL.'],
    more: ['sockets', 'output'],
  },
  {
    name: 'compare',
    summary: 'a line, its tunnel (--via)',
    usage: 'winze -c HOST --via ADDR... [options]',
    examples: [
      ['winze -c 192.0.2.2 --via 10.0.0.2', 'the line against the tunnel over it'],
      ['winze -c 192.0.2.2 --via 10.0.0.2 10.9.0.2', 'against two tunnels'],
      ['winze -c 192.0.2.2 --via 10.0.0.2 --rounds 10', 'narrower intervals'],
    ],
    shows: ofGroup(GROUPS.compare),
    notes: ['The server must be the same one at all addresses: winze checks it.'],
    more: ['test', 'sockets', 'output'],
  },
  {
    name: 'server',
    summary: 'the server, its limits (-s)',
    usage: 'winze -s [options]',
    examples: [
      ['winze -s', 'until Ctrl-C, on port 8888'],
      ['winze -s -1 -port 9000', 'for one client, on another port'],
      ['winze -s --max-rate 1G --max-duration 60s', 'for everybody'],
    ],
    shows: ofGroups('server', GROUPS.server, GROUPS.socket),
    notes: [RATES],
    more: ['output'],
  },
  {
    name: 'lab',
    summary: 'both ends on this machine',
    usage: 'winze lab [options]',
    examples: [
      ['winze lab', 'a line, and every tunnel over it'],
      ['winze lab --delay 20ms --loss 0.5%', 'a worse line'],
      ['winze lab -b 100M --nest', 'a slower one; a tunnel in the tunnel'],
    ],
    shows: ofGroups('lab', GROUPS.lab, GROUPS.test, GROUPS.socket),
    notes: [],
    more: ['output'],
  },
  {
    name: 'sockets',
    summary: 'addresses, TOS, engine',
    examples: [
      ['winze -c 192.0.2.2 --dev eth0 -4', 'by this device, over IPv4'],
      ['winze -c 192.0.2.2 -t l --dscp EF', 'latency, marked as voice'],
      ['winze -c 192.0.2.2 --congestion bbr', 'another congestion control'],
    ],
    shows: ofGroup(GROUPS.socket),
    notes: [],
    more: [],
  },
  {
    name: 'output',
    summary: 'JSON, files, --expect',
    examples: [
      ['winze -c 192.0.2.2 --json -q', 'one document'],
      ['winze -c 192.0.2.2 -o result.json', 'the table here, the document there'],
      ["winze -c 192.0.2.2 --expect 'goodput>=500M' 'loss<0.1%'", 'for scripts: exit 1 if not'],
    ],
    shows: ofGroup(GROUPS.output),
    notes: ['Results go to stdout, messages to stderr.', STATUS],
    more: ['values'],
  },
  {
    name: 'values',
    summary: 'units, exit statuses',
    examples: [],
    shows: none,
    notes: [RATES, SPELLING, STATUS],
    more: [],
  },
];

/** Topics that lead to the page of a command with options of its own. */
export const PROGRAM_TOPICS: ReadonlyMap<string, string> = new Map([
  ['tunnel', 'WireGuard: keys, check, up'],
  ['decode', 'what is in a capture'],
  ['capture', 'the same of a device, live'],
  ['exporter', 'probes for Prometheus'],
  ['report', 'stored results anew'],
  ['completion', 'for bash, zsh and fish'],
]);

/** The topic that is every option on one page. */
export const WHOLE = 'all';

/** Examples, options and notes of the whole page. */
export const WHOLE_TOPIC: Topic = {
  name: WHOLE,
  summary: 'every option on one page',
  usage: 'winze -s | -c HOST | -x DEST | lab | tunnel | decode | capture  [options]',
  examples: [
    ['winze lab', 'try it: both ends on this machine'],
    ['winze -s', 'on one host: the server'],
    ['winze -c 192.0.2.2', 'on another: TCP bandwidth, upload'],
    ['winze -c 192.0.2.2 --via 10.0.0.2', 'the line against the tunnel over it'],
    ['winze -c 192.0.2.2 -r -n 4 -d 30s', 'download with 4 streams for 30 s'],
    ['winze -c 192.0.2.2 -p udp -b 500M', 'UDP at 500 Mbit/s: loss, reordering'],
    ['winze -c 192.0.2.2 -p udp -t l -g 1ms', 'latency, a probe each millisecond'],
    ['winze -x example.org:443 -t mtr', 'to any host: where on the path?'],
    ['winze tunnel --help', 'WireGuard tunnels: keys, check, up'],
    ['winze decode --help', 'captures: packets, tunnels in them'],
    ['winze capture --help', 'the same of a device, live'],
  ],
  shows: () => true,
  notes: [RATES, SPELLING, STATUS],
  more: [],
};
