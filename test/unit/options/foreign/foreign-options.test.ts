import { expect, test } from 'vitest';
import { readCommandLine } from '../../../../src/cli/parsing/command-line.ts';
import { clientSettings } from '../../../../src/options/client-settings.ts';
import { serverSettings } from '../../../../src/options/server-settings.ts';

/**
 * As users of ethr and iperf3 type it. Options and what they mean there: ethr.go of December 2025, `ethr -h`;
 * src/iperf_locale.c of iperf3 3.21, `iperf3 --help`.
 */
const WORKS: readonly string[] = [
  // ethr
  '-s -port 9999 -ip 192.0.2.1 -1 -4 -no -debug -o s.log',
  '-c h -port 9999 -ip 2001:db8::1 -6 -no -debug -o c.log',
  '-c h -p tcp -t b -n 8 -l 16KB -b 1G -d 10s -r -ncs -tos 184 -T title -dp 2',
  '-s -dp 1',
  '-c h -n 0',
  '-c h -n 8 -cport 7000',
  '-c h -l 1GB',
  '-c h -l 32KB -d 0',
  '-c h -d 1h',
  '-c h -d 1d',
  '-c h -t l -g 1s',
  '-c h -t l -g 0',
  '-c h -w 1',
  '-c h -p udp -b 500M',
  '-c=h -d=5s -r=true',
  '-h',
  // iperf3
  '-s -1',
  '-s --one-off --port 5201 --json-stream',
  '-c h --port 5201 -4 -T title --title title',
  '-c h -b 10M -l 128K --length 1400 --bidir --json',
  '-c h --reverse --bytes 1G --congestion bbr --window 256K --no-delay --tos 0xb8',
  '-c h --dscp EF --client h --json-stream --interval 0.5',
  '-c h -b 0',
  '-c h --cport 5000',
  '-c h --version',
  '-v',
];

/** Typed; what the answer must say; the command line that it leads to. */
const ANSWERED: readonly (readonly [typed: string, says: string, instead: string])[] = [
  // ethr
  ['-c h -p icmp', 'has tcp and udp', '-c h -p udp'],
  ['-c h -t l -i 1000', 'use -t l -g TIME -d TIME', '-c h -t l -g 10ms -d 5s'],
  ['-c h -t l -i 10', 'use -t l -g TIME -d TIME', '-c h -t l -g 10ms -d 5s'],
  ['-c h -t cl', 'is l', '-c h -t l'],
  ['-c h -ic', 'leave it out', '-c h'],
  ['-c h:8888', 'h -port 8888', '-c h -port 8888'],
  // iperf3, both ends
  ['-c h -p 5201', 'use -port 5201', '-c h -port 5201'],
  ['-s -p 5201', 'use -port 5201', '-s -port 5201'],
  ['-c h -p5201', 'use -port 5201', '-c h -port 5201'],
  ['-c h -f m', 'leave it out', '-c h'],
  ['-c h --format m', 'use --json', '-c h --json'],
  ['-c h -i 1', 'use --interval 1', '-c h --interval 1'],
  ['-c h -i1', 'use --interval 1', '-c h --interval 1'],
  ['-c h -i 0.5', 'use --interval 0.5', '-c h --interval 0.5'],
  ['-c h -i 0', 'use -q', '-c h -q'],
  ['-s -I /run/iperf3.pid', 'echo $! > /run/iperf3.pid', '-s'],
  ['-s --pidfile /run/iperf3.pid', 'echo $! > /run/iperf3.pid', '-s'],
  ['-c h -F file', 'use --bytes SIZE', '-c h --bytes 1G'],
  ['-c h -A 2,3', 'use taskset -c 2 winze', '-c h'],
  ['-c h -B 192.0.2.1', 'use -ip 192.0.2.1', '-c h -ip 192.0.2.1'],
  ['-c h -B 192.0.2.1%eth0', 'use -ip 192.0.2.1 --dev eth0', '-c h -ip 192.0.2.1 --dev eth0'],
  ['-c h --bind 192.0.2.1', 'use -ip 192.0.2.1', '-c h -ip 192.0.2.1'],
  ['-c h --bind-dev eth0', 'use --dev eth0', '-c h --dev eth0'],
  ['-c h -V', 'use --debug', '-c h --debug'],
  ['-c h -d', '-d TIME', '-c h -d 10'],
  ['-c h -J', 'use --json', '-c h --json'],
  ['-c h --json-stream-full-output', 'use --json-stream', '-c h --json-stream'],
  ['-c h --logfile out.txt', 'use -o out.txt', '-c h -o out.txt'],
  ['-c h --forceflush', 'leave it out', '-c h'],
  ['-c h --timestamps', 'use winze ... | ts', '-c h'],
  ['-c h --timestamps=%F', 'use winze ... | ts', '-c h'],
  ['-c h --rcv-timeout 5000', 'leave it out', '-c h'],
  ['-c h --snd-timeout 5000', 'leave it out', '-c h'],
  ['-c h --cntl-ka', 'leave it out', '-c h'],
  ['-c h -m', 'leave it out', '-c h'],
  ['-c h --mptcp', 'leave it out', '-c h'],
  // iperf3, server
  ['-s -D', 'use nohup winze -s &', '-s'],
  ['-s --daemon', 'use nohup winze -s &', '-s'],
  ['-s --server-bitrate-limit 1G/5', 'use --max-rate 1G', '-s --max-rate 1G'],
  ['-s --server-max-duration 60', 'use --max-duration 60', '-s --max-duration 60'],
  ['-s --idle-timeout 60', 'leave it out', '-s'],
  ['-s --rsa-private-key-path k', 'use --secret-file FILE', '-s --secret-file k'],
  ['-s --authorized-users-path u', 'use --secret-file FILE', '-s --secret-file u'],
  // iperf3, client
  ['-c h%eth0', 'h --dev eth0', '-c h --dev eth0'],
  ['-c h -u', 'use -p udp', '-c h -p udp'],
  ['-c h -u -b 10M', 'use -p udp', '-c h -p udp -b 10M'],
  ['-c h --udp', 'use -p udp', '-c h -p udp'],
  ['-c h -uR', 'write letters apart: -u -R', '-c h -p udp -r'],
  ['-c h --sctp', 'use -p tcp', '-c h -p tcp'],
  ['-c h -X name', 'use -p tcp', '-c h -p tcp'],
  ['-c h --nstreams 2', 'use -p tcp', '-c h -p tcp'],
  ['-c h --connect-timeout 5000', 'use --connect-timeout 5000ms', '-c h --connect-timeout 5000ms'],
  ['-c h --bitrate 10M', 'use -b 10M', '-c h -b 10M'],
  ['-c h --bitrate=10M/20', 'use -b 10M', '-c h -b 10M'],
  ['-c h --bandwidth 10M', 'use -b 10M', '-c h -b 10M'],
  ['-c h -b 10M/20', 'use -b 10M', '-c h -b 10M'],
  ['-c h --fq-rate 1G', 'use -b 1G', '-c h -b 1G'],
  ['-c h --pacing-timer 1000', 'leave it out', '-c h'],
  ['-c h -t 30', 'use -d 30', '-c h -d 30'],
  ['-c h -t30', 'use -d 30', '-c h -d 30'],
  ['-c h --time 30', 'use -d 30', '-c h -d 30'],
  ['-c h -n 1G', 'use --bytes 1G', '-c h --bytes 1G'],
  ['-c h -n1G', 'use --bytes 1G', '-c h --bytes 1G'],
  ['-c h -n 1000000', 'use --bytes 1000000', '-c h --bytes 1000000'],
  ['-c h -k 100', 'use --bytes SIZE', '-c h --bytes 1M'],
  ['-c h -P 4', 'use -n 4', '-c h -n 4'],
  ['-c h -P4', 'use -n 4', '-c h -n 4'],
  ['-c h --parallel 4', 'use -n 4', '-c h -n 4'],
  ['-c h -R', 'use -r', '-c h -r'],
  ['-c h -w 256K', 'use --window 256K', '-c h --window 256K'],
  ['-c h -w 1M', 'use --window 1M', '-c h --window 1M'],
  ['-c h -C bbr', 'use --congestion bbr', '-c h --congestion bbr'],
  ['-c h -M 1400', 'use --mss 1400', '-c h --mss 1400'],
  ['-c h --set-mss 1400', 'use --mss 1400', '-c h --mss 1400'],
  ['-c h -N', 'use --no-delay', '-c h --no-delay'],
  ['-c h --nodelay', 'use --no-delay', '-c h --no-delay'],
  ['-c h -S 0xb8', 'use -tos 0xb8', '-c h -tos 0xb8'],
  ['-c h -L 42', 'leave it out', '-c h'],
  ['-c h -Z', 'leave it out', '-c h'],
  ['-c h --gsro', 'leave it out', '-c h'],
  ['-c h --skip-rx-copy', 'leave it out', '-c h'],
  ['-c h -O 2', 'use -w 2s', '-c h -w 2s'],
  ['-c h --omit 2', 'use -w 2s', '-c h -w 2s'],
  ['-c h --extra-data x', 'use -T x', '-c h -T x'],
  ['-c h --get-server-output', 'leave it out', '-c h'],
  ['-c h --udp-counters-64bit', 'leave it out', '-c h'],
  ['-c h --repeating-payload', 'leave it out', '-c h'],
  ['-c h --username me', 'use --secret-file FILE', '-c h --secret-file f'],
];

function run(line: string) {
  const request = readCommandLine(line.split(' '));
  if (request.tag !== 'run') return [];
  if (request.role === 'server') serverSettings(request.options);
  else clientSettings(request.options, 4);
  return request.notes;
}

test.each(WORKS)('%s works', (line) => {
  run(line);
});

test.each(ANSWERED)('%s: %s', (typed, says, instead) => {
  let message = '';
  try {
    run(typed);
  } catch (error) {
    message = error instanceof Error ? error.message : '';
  }
  expect(message).toContain(says);
  // Options of the answer are those of the line that it leads to, and that line is right, and needs no word.
  const advised = /^(?:write letters|use (?:taskset|winze|nohup|timeout)|echo)/.test(says) ? [] : says.split(' ');
  for (const word of advised.filter((part) => /^-/.test(part))) expect(instead.split(' ')).toContain(word);
  expect(run(instead)).toEqual([]);
});

test('what winze does is what ethr and iperf3 mean', () => {
  const [spec] = clientSettings(options('-c h -n 0 -l 1GB'), 4).tests;
  expect(spec?.streams).toBe(4);
  expect(clientSettings(options('-c h -n 0'), 200).tests[0]?.streams).toBe(128);
  expect(spec?.length_bytes).toBe(2 ** 24);
  expect(clientSettings(options('-c h -t l -g 0'), 4).tests[0]?.gap_ns).toBe(1e6);
  expect(clientSettings(options('-c h -d 1d'), 4).tests[0]?.duration_ns).toBe(86_400e9);
  // A datagram is not cut down in silence.
  expect(() => clientSettings(options('-c h -p udp -l 1GB'), 4)).toThrow(
    /^-l 1073741824: a UDP bandwidth test takes 28 to/,
  );
});

test.each([
  ['-w 1', 1],
  ['-w 10', 1],
  ['-w=10', 1],
  ['-w 10s', 0],
  ['-w 0', 0],
  ['-w 10 -w 2s', 0],
])('%s is warned of %d times', (line, times) => {
  const notes = run(`-c h ${line}`);
  expect(notes).toHaveLength(times);
  for (const note of notes) expect(note).toMatch(/^-w (\d+) is a warm-up of \1 s; ethr .* --window .*write -w \1s/);
});

test('a bare number after --connect-timeout is warned of where it is as iperf3 has it', () => {
  expect(run('-c h --connect-timeout 3000')).toEqual([expect.stringMatching(/ is 3000 s; .*write 3000ms/)]);
  expect(run('-c h --connect-timeout 5')).toEqual([]);
  expect(run('-c h --connect-timeout 3000ms')).toEqual([]);
});

function options(line: string) {
  const request = readCommandLine(line.split(' '));
  if (request.tag !== 'run') throw new Error('not a run');
  return request.options;
}
