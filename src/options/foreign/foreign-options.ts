/**
 * Options of ethr and iperf3 that winze does not have, and what to write instead.
 *
 * None of them is silently ignored. Each is refused with an answer that repeats the value that was typed.
 *
 * @module
 */

/** Names as typed, with spaces between them; a placeholder for the value, if it takes one; what to write instead. */
type Answer = readonly [names: string, value: string | null, words: (value: string) => string];

const NO_SECRET = 'a secret on the command line can be seen by all; use --secret-file FILE at both ends';
const ONE_SECRET = 'both ends share one secret; use --secret-file FILE at both ends';
const FASTEST = 'what is fastest is chosen for you; leave it out (--engine portable turns it off)';
const NO_SCTP = 'SCTP is not measured; use -p tcp or -p udp';

const ANSWERS: readonly Answer[] = [
  // ethr
  ['-ic', null, () => 'a certificate that is not trusted is measured all the same, and named; leave it out'],

  // options of other tools for the line of the lab
  ['--latency', 'TIME', (time) => `for the delay of the line of "winze lab" use --delay ${time}, to measure it -t l`],
  ['--jitter', null, () => 'the delay of the line of "winze lab" is the same for every packet; leave it out'],

  // iperf3, both ends
  ['-f --format', null, () => 'units are chosen for you; leave it out (for exact figures use --json)'],
  ['-F --file', null, () => 'winze reads and writes no file as payload; for an amount use --bytes SIZE'],
  ['-A --affinity', 'N[,M]', (cores) => `processors cannot be chosen; use taskset -c ${firstOf(cores)} winze ...`],
  ['-B --bind', 'ADDR', bindWords],
  ['--bind-dev', 'DEV', (device) => `use --dev ${device}`],
  ['-V --verbose', null, () => 'use --debug for details, -v for the version'],
  ['-J', null, () => 'use --json'],
  ['--json-stream-full-output', null, () => 'use --json-stream, whose last line is the whole document'],
  ['-I --pidfile', 'FILE', (file) => `winze writes no file for that; in a shell use winze ... & echo $! > ${file}`],
  ['--logfile', 'FILE', (file) => `use -o ${file}`],
  ['--forceflush', null, () => 'lines leave at once; leave it out'],
  ['--timestamps', null, () => 'rows count from the start of the test; for the time of day use winze ... | ts'],
  ['--rcv-timeout', null, () => 'an end that falls silent is given up after 13 s; leave it out'],
  ['--snd-timeout', null, () => 'an end that falls silent is given up after 13 s; leave it out'],
  ['--cntl-ka', null, () => 'the control connection has signs of life of its own; leave it out'],
  ['-m --mptcp', null, () => 'Multipath TCP is not measured; leave it out for plain TCP'],

  // iperf3, server
  ['-D --daemon', null, () => 'winze stays in the foreground; use nohup winze -s & or a service manager'],
  ['--server-bitrate-limit', 'RATE', (rate) => `use --max-rate ${beforeSlash(rate)}`],
  ['--server-max-duration', 'TIME', (time) => `use --max-duration ${time}`],
  ['--idle-timeout', null, () => 'a client that falls silent is let go after 13 s; leave it out'],
  ['--rsa-private-key-path', null, () => ONE_SECRET],
  ['--authorized-users-path', null, () => ONE_SECRET],
  ['--time-skew-threshold', null, () => 'clocks are not compared; leave it out'],
  ['--use-pkcs1-padding', null, () => ONE_SECRET],

  // iperf3, client
  ['-u --udp', null, () => 'use -p udp'],
  ['--tcp', null, () => 'use -p tcp'],
  ['--sctp', null, () => NO_SCTP],
  ['-X --xbind', null, () => NO_SCTP],
  ['--nstreams', null, () => NO_SCTP],
  ['--bitrate --bandwidth', 'RATE', (rate) => `use -b ${beforeSlash(rate)}`],
  ['--fq-rate', 'RATE', (rate) => `use -b ${rate}: winze paces by itself`],
  ['--pacing-timer', null, () => 'a rate is paced as evenly as the system allows; leave it out'],
  ['--time', 'TIME', (time) => `use -d ${time}`],
  ['-k --blockcount', null, () => 'blocks are not counted; for an amount of payload use --bytes SIZE'],
  ['-P --parallel', 'N', (streams) => `use -n ${streams} for parallel streams`],
  ['-R', null, () => 'use -r for a download'],
  ['-C', 'NAME', (name) => `use --congestion ${name}`],
  ['-M --set-mss', 'N', (bytes) => `use --mss ${bytes}`],
  ['-N --nodelay', null, () => 'use --no-delay'],
  ['-S', 'N', (octet) => `use -tos ${octet}, or --dscp NAME`],
  ['-L --flowlabel', null, () => "the flow label is the system's; leave it out"],
  ['-Z --zerocopy', null, () => FASTEST],
  ['--gsro', null, () => FASTEST],
  ['--skip-rx-copy', null, () => 'that is the default; leave it out (--rx-copy turns it off)'],
  ['-O --omit', 'TIME', (time) => `use -w ${withUnit(time)} for the warm-up`],
  ['--extra-data', 'TEXT', (text) => `use -T ${text}`],
  ['--get-server-output', null, () => 'the result has the figures of both ends; leave it out'],
  ['--udp-counters-64bit', null, () => 'counters of datagrams have 64 bits; leave it out'],
  ['--repeating-payload', null, () => 'what is sent cannot be chosen; leave it out'],
  ['--username', null, () => ONE_SECRET],
  ['--rsa-public-key-path', null, () => ONE_SECRET],
  ['--secret --password', null, () => NO_SECRET],
];

const BY_NAME: ReadonlyMap<string, Answer> = new Map(
  ANSWERS.flatMap((answer) => answer[0].split(' ').map((name) => [name, answer] as const)),
);

/**
 * What to write instead of an option of another tool; `undefined` if it is not one of them.
 *
 * @param value - printable text of the argument after it, if that may be its value
 */
export function answerToForeign(option: string, value?: string): string | undefined {
  const answer = BY_NAME.get(option);
  if (answer === undefined) return undefined;
  const [, placeholder, words] = answer;
  return words(placeholder === null || value === undefined || value === '' ? (placeholder ?? '') : value);
}

/** `-B` of iperf3, which can have a device too: `ADDR%DEV`. */
function bindWords(value: string): string {
  const [address = '', device] = value.split('%');
  return device === undefined ? `use -ip ${address}, or --dev DEV` : `use -ip ${address} --dev ${device}`;
}

function firstOf(list: string): string {
  return list.split(/[,[]/)[0] ?? list;
}

/** A rate of iperf3 without the burst or the averaging time behind the slash. */
export function beforeSlash(rate: string): string {
  return rate.split('/')[0] ?? rate;
}

/** Adds the unit to a bare number, for which `-w` would print a note. */
function withUnit(time: string): string {
  return /^\d+(?:\.\d+)?$/.test(time) ? `${time}s` : time;
}
