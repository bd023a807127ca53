/**
 * Answers of the programs that have options of their own, `winze tunnel`, `winze decode` and `winze capture`, to what
 * users of wg(8), wg-quick(8), systemctl(1), tcpdump and tshark type.
 *
 * @module
 */

/** What to write instead of an option, a command or no argument at all; `undefined` if that is not known. */
export interface Habits {
  /** For an option, as typed; `value` is the argument after it, if that may be its value. */
  readonly option?: (option: string, value: string | undefined) => string | undefined;
  /** For a command that does not exist. */
  readonly command?: (word: string) => string | undefined;
  /** Where a required argument is missing. */
  readonly missing?: string;
}

/** What to write after `winze tunnel`. */
export const TUNNEL_HABITS: Habits = { command: insteadOfTunnelCommand };

type Words = (value: string | undefined) => string;

const NO_NAMES: Words = () => 'addresses and ports are never turned into names; leave it out';
const DETAILS: Words = () => 'for all fields use --packets -v';
const OCTETS: Words = () => 'for the octets use --packets -x';
const DOCUMENT: Words = () => 'use --json, or --json-stream';
const DECODE_AS: Words = () => 'use --decode-as, as in --decode-as udp:6080=vxlan';

const BOTH: readonly (readonly [names: string, words: Words])[] = [
  ['-n -nn -N', NO_NAMES],
  ['-V', DETAILS],
  ['-X -A', OCTETS],
  ['-T', DOCUMENT],
  ['-d', DECODE_AS],
];

/** What to write after `winze decode`. */
export const DECODE_HABITS: Habits = {
  option: answering([
    ...BOTH,
    ['-r', (file = 'FILE') => `a file needs no option: winze decode ${file}`],
    ['-Y -R -f', () => "use --filter, which has words of its own: --filter 'udp and port 51820'"],
    ['-i --interface', (device = 'IF') => `to decode what passes a device: winze capture -i ${device}`],
    ['-w', (file = 'FILE') => `to write the packets that are inside tunnels: --write ${file}`],
  ]),
  missing: 'say which capture: winze decode FILE, or - for the standard input; see winze decode --help',
};

/** What to write after `winze capture`. */
export const CAPTURE_HABITS: Habits = {
  option: answering([
    ...BOTH,
    ['-w', (file = 'FILE') => `to keep the packets: tcpdump -i IF -w ${file}, then winze decode ${file}`],
    [
      '--filter -f -Y',
      (filter = 'FILTER') => `the filter needs no option, and is that of tcpdump: winze capture -i IF '${filter}'`,
    ],
    ['-r', (file = 'FILE') => `to decode a file: winze decode ${file}`],
    ['-D', () => 'ip -brief link lists the devices'],
  ]),
};

function answering(rows: readonly (readonly [names: string, words: Words])[]): NonNullable<Habits['option']> {
  const byName = new Map(rows.flatMap(([names, words]) => names.split(' ').map((name) => [name, words] as const)));
  return (option, value) => byName.get(option)?.(value);
}

/** What to write instead of a command of wg(8), wg-quick(8) or systemctl(1); `undefined` for another word. */
function insteadOfTunnelCommand(command: string): string | undefined {
  switch (command) {
    case 'set':
    case 'setconf':
    case 'syncconf':
    case 'addconf':
    case 'showconf':
      return `use wg ${command} NAME ..., which works with this device`;
    case 'save':
      return 'use wg showconf NAME, which works with this device, or SaveConfig = true in the file';
    case 'strip':
      return 'use wg-quick strip NAME, which needs the file alone';
    case 'status':
    case 'list':
    case 'ls':
      return 'use winze tunnel show';
    case 'start':
      return 'use winze tunnel up NAME';
    case 'stop':
      return 'use winze tunnel down NAME';
    case 'restart':
      return 'use winze tunnel down NAME, then winze tunnel up NAME';
    default:
      return undefined;
  }
}
