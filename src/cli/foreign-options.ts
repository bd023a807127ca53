/**
 * Options of ethr and iperf3 that winze does not have, and what to write instead.
 *
 * Whoever types them has them in the fingers: each gets an answer, none is silently ignored.
 *
 * @module
 */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['-x', 'external mode is not there yet; start "winze -s" at the far end and use -c HOST'],
  ['-ui', 'there is no full-screen display; the console shows the same figures'],
  ['-i', 'use -g TIME and -d TIME: latency probes leave on a schedule; for report lines use --interval TIME'],
  ['-cport', 'local ports cannot be chosen yet; the system chooses them'],
  ['-dp', 'rates have three significant digits; for all digits use --json'],
  ['-ic', 'there is no TLS and no certificate to ignore'],
  ['-u', 'use -p udp'],
  ['-P', 'use -n N for parallel streams'],
  ['-R', 'use -r for a download'],
  ['-O', 'use -w TIME for the warm-up'],
  ['-J', 'use --json'],
  ['-S', 'use -tos N or --dscp NAME'],
  ['-C', 'use --congestion NAME'],
  ['-M', 'use --mss N'],
  ['-N', 'use --no-delay'],
  ['-B', 'use -ip ADDR or --dev DEV'],
  ['-k', 'use --bytes SIZE'],
  ['-A', 'processors cannot be chosen; use taskset'],
  ['-D', 'winze stays in the foreground; let your service manager start it'],
  ['-f', 'units are chosen for you; for exact figures use --json'],
  ['-V', 'use -v for the version, --debug for details'],
  ['-Z', 'what is fastest is chosen for you; --engine portable turns it off'],
  ['--parallel', 'use -n N for parallel streams'],
  ['--bind', 'use -ip ADDR'],
  ['--bind-dev', 'use --dev DEV'],
  ['--bitrate', 'use -b RATE'],
  ['--bandwidth', 'use -b RATE'],
  ['--time', 'use -d TIME'],
  ['--omit', 'use -w TIME'],
  ['--udp', 'use -p udp'],
  ['--tcp', 'use -p tcp'],
  ['--nodelay', 'use --no-delay'],
  ['--set-mss', 'use --mss N'],
  ['--cport', 'local ports cannot be chosen yet; the system chooses them'],
  ['--skip-rx-copy', 'that is the default; --rx-copy turns it off'],
  ['--zerocopy', 'what is fastest is chosen for you; --engine portable turns it off'],
  ['--gsro', 'what is fastest is chosen for you; --engine portable turns it off'],
  ['--daemon', 'winze stays in the foreground; let your service manager start it'],
  ['--logfile', 'use -o FILE'],
  ['--secret', 'a secret on the command line can be seen by all; use --secret-file FILE'],
  ['--password', 'a secret on the command line can be seen by all; use --secret-file FILE'],
]);

/** What to write instead of an option of another tool; `undefined` if winze knows nothing about it. */
export function answerToForeign(option: string): string | undefined {
  return ANSWERS.get(option);
}
