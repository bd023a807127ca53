/**
 * The page that `--help` prints: examples, then all options by group, then notes on values and exit statuses.
 *
 * @module
 */
import type { Option } from 'commander';
import { longName, type OptionRow } from '../../options/option-row.ts';
import { OPTIONS } from '../../options/option-table.ts';
import { createProgram } from './command-line.ts';

const WIDTH = 80;

const EXAMPLES = `winze measures what a network path carries, and what a tunnel on it costs.

Examples:
  winze lab                                 try it: both ends on this machine
  winze -s                                  on one host: the server
  winze -c 192.0.2.2                        on another: TCP bandwidth, upload
  winze -c 192.0.2.2 --via 10.0.0.2         the line against the tunnel over it
  winze -c 192.0.2.2 -r -n 4 -d 30s         download with 4 streams for 30 s
  winze -c 192.0.2.2 -p udp -b 500M         UDP at 500 Mbit/s: loss, reordering
  winze -c 192.0.2.2 -p udp -t l -g 1ms     latency, a probe each millisecond
  winze -x example.org:443 -t mtr           to any host: where on the path?
  winze -c 192.0.2.2 --expect 'goodput>=500M' 'loss<0.1%' --json
  winze tunnel --help                       WireGuard tunnels: keys, check, up
  winze decode --help                       captures: packets, tunnels in them
  winze capture --help                      the same of a device, live
`;

const AFTER = `Values: rates are in bits per second with k M G T = 10^3, 10^6 ...; sizes in
bytes with K M G T = 2^10, 2^20 ...; a time without a unit is in seconds.
Options may have one dash or two, and "=" or a space before the value, as in
ethr; letters are never bundled.

Exit status: 0 ok; 1 an --expect failed; 2 usage; 3 cannot connect; 4 refused by
the server; 5 privilege or component missing, or a file could not be written;
6 cut short, or nothing received: what was measured is printed; 70 internal
error.
`;

/** The whole help page, in lines of at most 80 columns. */
export function helpPage(): string {
  const terms = new Map(Object.values(OPTIONS).map((row: OptionRow) => [longName(row.names), term(row)]));
  const program = createProgram()
    .usage('-s | -c HOST | -x DEST | lab | tunnel | decode | capture  [options]')
    .configureHelp({
      helpWidth: WIDTH,
      optionTerm: (option: Option) => terms.get(option.name()) ?? option.flags,
      visibleArguments: () => [],
    });
  return `${EXAMPLES}\n${program.helpInformation()}\n${AFTER}`;
}

function term(row: OptionRow): string {
  const names = row.names.join(', ');
  if (row.kind === 'flag') return names;
  return `${names} ${row.value}${row.kind === 'list' && row.variadic ? '...' : ''}`;
}
