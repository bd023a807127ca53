import { describe, expect, test } from 'vitest';
import { readCommandLine } from '../../../src/cli/parsing/command-line.ts';
import type { TestSpec } from '../../../src/core/shapes/spec.ts';
import { clientSettings } from '../../../src/options/client-settings.ts';
import { serverSettings } from '../../../src/options/server-settings.ts';

/** `-c h` and nothing else, written out by hand. */
const TCP: TestSpec = {
  test: 'bandwidth',
  figure: null,
  protocol: 'tcp',
  direction: 'upload',
  streams: 1,
  length_bytes: 131_072,
  rate_bps: null,
  duration_ns: 10_000_000_000,
  bytes: null,
  hold_connections: null,
  handshake: null,
  warmup_ns: 0,
  interval_ns: 1_000_000_000,
  gap_ns: 10_000_000,
  tos: null,
  congestion_control: null,
  window_bytes: null,
  mss_bytes: null,
  no_delay: false,
  dont_fragment: false,
  rx_copy: false,
};
const UDP: TestSpec = { ...TCP, protocol: 'udp', length_bytes: 1400 };
const TCP_LATENCY: TestSpec = { ...TCP, test: 'latency', length_bytes: 64, no_delay: true };
const UDP_LATENCY: TestSpec = { ...TCP_LATENCY, protocol: 'udp', no_delay: false };

function wishes(line: string) {
  const request = readCommandLine(line.split(' ').filter((word) => word !== ''));
  if (request.tag !== 'run') throw new Error(`not a run: ${request.tag}`);
  return request.role === 'server' ? serverSettings(request.options) : clientSettings(request.options, 4);
}

describe('a client', () => {
  test('has these defaults', () => {
    expect(wishes('-c h')).toEqual({
      host: 'h',
      port: 8888,
      via: [],
      tests: [TCP],
      rounds: 1,
      during: false,
      path_tests: [],
      path_trial: true,
      host_details: true,
      live_cpu: false,
      connect_timeout_ns: 10e9,
      wait: true,
      title: null,
      engine: 'auto',
      family: null,
      client_port: null,
      local_address: null,
      device: null,
    });
  });

  test('sends nothing more, and describes no hosts, where it is told so', () => {
    expect(wishes('-c h --no-trial --no-host-facts')).toMatchObject({ path_trial: false, host_details: false });
  });

  test.each<[string, readonly TestSpec[]]>([
    ['-p udp', [UDP]],
    ['-p tcp,udp', [TCP, UDP]],
    ['-p udp,tcp', [UDP, TCP]],
    ['-t l', [UDP_LATENCY]],
    ['-t l -p tcp', [TCP_LATENCY]],
    ['-t b,l -p tcp,udp', [TCP, UDP, TCP_LATENCY, UDP_LATENCY]],
    ['-t l,b', [UDP_LATENCY, TCP]],
    ['-r', [{ ...TCP, direction: 'download' }]],
    ['--bidir', [{ ...TCP, direction: 'bidirectional' }]],
    ['-t b,l -r', [{ ...TCP, direction: 'download' }, UDP_LATENCY]],
    ['-n 128', [{ ...TCP, streams: 128 }]],
    ['-l 64K', [{ ...TCP, length_bytes: 65_536 }]],
    ['-l 17M', [{ ...TCP, length_bytes: 16_777_216 }]],
    ['-p udp -l 28', [{ ...UDP, length_bytes: 28 }]],
    ['-p udp -l 65507', [{ ...UDP, length_bytes: 65_507 }]],
    ['-t l -p udp -l 1400', [{ ...UDP_LATENCY, length_bytes: 1400 }]],
    // With both kinds, -l, -n and -b are those of the bandwidth test.
    ['-t b,l -l 1M -n 4 -b 1G', [{ ...TCP, length_bytes: 1_048_576, streams: 4, rate_bps: 1e9 }, UDP_LATENCY]],
    ['-b 500M', [{ ...TCP, rate_bps: 500_000_000 }]],
    ['-b 0', [TCP]],
    ['-d 500ms', [{ ...TCP, duration_ns: 500_000_000 }]],
    ['-d 1m30s', [{ ...TCP, duration_ns: 90_000_000_000 }]],
    ['-d 0', [{ ...TCP, duration_ns: null }]],
    ['-d 3 -d 7', [{ ...TCP, duration_ns: 7_000_000_000 }]],
    ['--bytes 1G', [{ ...TCP, duration_ns: null, bytes: 1_073_741_824 }]],
    ['--bytes 1M -t b,l', [{ ...TCP, duration_ns: null, bytes: 1_048_576 }, UDP_LATENCY]],
    ['-w 2', [{ ...TCP, warmup_ns: 2_000_000_000 }]],
    ['-t l -g 1ms', [{ ...UDP_LATENCY, gap_ns: 1_000_000 }]],
    ['--interval 250ms', [{ ...TCP, interval_ns: 250_000_000 }]],
    ['-tos 184', [{ ...TCP, tos: 184 }]],
    ['-tos 0xb8', [{ ...TCP, tos: 184 }]],
    ['--dscp EF', [{ ...TCP, tos: 184 }]],
    ['--dscp 46', [{ ...TCP, tos: 184 }]],
    ['--dscp cs1', [{ ...TCP, tos: 32 }]],
    ['--dscp AF41', [{ ...TCP, tos: 136 }]],
    ['--dscp VA', [{ ...TCP, tos: 176 }]],
    ['--dscp LE', [{ ...TCP, tos: 4 }]],
    ['--congestion bbr -p tcp,udp', [{ ...TCP, congestion_control: 'bbr' }, UDP]],
    ['--window 4M', [{ ...TCP, window_bytes: 4_194_304 }]],
    ['--mss 1400', [{ ...TCP, mss_bytes: 1400 }]],
    ['--no-delay', [{ ...TCP, no_delay: true }]],
    ['-p udp --dont-fragment', [{ ...UDP, dont_fragment: true }]],
    ['--rx-copy -r', [{ ...TCP, direction: 'download', rx_copy: true }]],
    // A comparison measures both kinds, 3 s a round.
    [
      '--via 10.0.0.2',
      [
        { ...TCP, duration_ns: 3e9 },
        { ...UDP_LATENCY, duration_ns: 3e9 },
      ],
    ],
    ['--via 10.0.0.2 -t b -d 5', [{ ...TCP, duration_ns: 5e9 }]],
    ['--via 10.0.0.2 -t b -d 5 -p udp', [{ ...UDP, duration_ns: 5e9, length_bytes: 1372 }]],
    ['--via 10.0.0.2 -t b -d 5 -p udp -l 1400', [{ ...UDP, duration_ns: 5e9 }]],
  ])('%s', (line, expected) => {
    expect(wishes(`-c h ${line}`)).toMatchObject({ tests: expected });
    expect(wishes(`${line} -c h`)).toMatchObject({ tests: expected });
  });

  test.each<[string, object]>([
    ['-port 9999', { port: 9999 }],
    ['--via a --via b', { via: ['a', 'b'], rounds: 3 }],
    ['--via a b --rounds 5', { via: ['a', 'b'], rounds: 5 }],
    ['--no-wait', { wait: false }],
    ['-T night', { title: 'night' }],
    ['--engine portable', { engine: 'portable' }],
    ['-4', { family: 4 }],
    ['-6', { family: 6 }],
    ['-4 -6', { family: null }],
    ['-n 8 -cport 7000', { client_port: 7000 }],
    ['-ip 192.0.2.9', { local_address: '192.0.2.9' }],
    ['-ip [2001:db8::9]', { local_address: '2001:db8::9' }],
    ['--dev wg0', { device: 'wg0' }],
  ])('%s', (line, expected) => expect(wishes(`-c h ${line}`)).toMatchObject(expected));

  test.each([
    ['192.0.2.2', '192.0.2.2'],
    ['example.org', 'example.org'],
    ['my_host-1', 'my_host-1'],
    ['bücher.example', 'bücher.example'],
    ['::1', '::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('takes the host %s', (typed, host) => expect(wishes(`-c ${typed}`)).toMatchObject({ host }));
});

describe('a server', () => {
  test('has these defaults', () => {
    expect(wishes('-s')).toEqual({
      port: 8888,
      addresses: [],
      family: null,
      once: false,
      limits: {
        max_clients: 64,
        max_rate_bps: null,
        max_duration_ns: null,
        max_streams: 128,
        max_held_connections: null,
      },
      engine: 'auto',
      allow_capture: false,
      host_details: true,
    });
  });

  test('takes its options', () => {
    const line =
      '-s -port 0 -ip 192.0.2.1 -ip 198.51.100.1 -1 -4 --max-clients 3 --max-rate 1G --max-duration 60 --max-streams 8 --engine portable --allow-capture';
    expect(wishes(line)).toEqual({
      port: 0,
      addresses: ['192.0.2.1', '198.51.100.1'],
      family: 4,
      once: true,
      limits: { max_clients: 3, max_rate_bps: 1e9, max_duration_ns: 60e9, max_streams: 8, max_held_connections: null },
      engine: 'portable',
      allow_capture: true,
      host_details: true,
    });
  });
});

describe('a usage error says what to do', () => {
  test.each<[string, RegExp]>([
    ['', /winze -s .* winze -c HOST .* winze lab/],
    ['192.0.2.2', /winze -c HOST/],
    ['lab lab', /^lab takes options alone, not "lab"; see winze --help$/],
    ['server', /for a server: winze -s$/],
    ['client h2', /to test against that host: winze -c h2$/],
    ['ping h2', /winze -c h2 -t l$/],
    ['wg show', /winze tunnel show$/],
    ['lba', /did you mean lab\?$/],
    ['tunel up wg0', /did you mean tunnel\?$/],
    ['-q decode a.pcap', /^"decode" comes first/],
    ['-s -c h', /exclude each other/],
    ['lab -s', /exclude each other/],
    ['-s -d 10', /^-d is for a client \(-c\) or external mode \(-x\) or "lab", not for a server \(-s\)$/],
    ['-s --json', /^--json is for a client/],
    ['-s --during', /^--during is for a client/],
    ['-c h --allow-capture', /^--allow-capture is for a server/],
    ['-c h --during', /^--during captures below a tunnel; add --via ADDR/],
    ['-c h --max-clients 3', /^--max-clients is for a server \(-s\), not for a client \(-c\)$/],
    ['-c h -1', /^-1 is for a server/],
    ['lab -port 1', /^-port is for a server \(-s\) or a client \(-c\), not for "lab"$/],

    ['-c h:8888', /^-c h:8888: give the port by itself: h -port 8888$/],
    ['-c [::1]:5201', /give the port by itself: ::1 -port 5201$/],
    ['-c [::1]x', /give the port by itself: ::1 -port PORT$/],
    ['-c http://h/', /expected a host, not a URL$/],
    ['-c [h]', /IPv6 address inside the brackets/],
    ['-c -', /expected a host name or an address/],
    ['-c a..b/c', /expected a host name or an address/],
    ['-c h --via h', /^--via h: the same address twice/],
    ['-c h --via a a', /the same address twice/],
    ['-c ::1 -4', /^-4 and the address ::1 exclude each other/],
    ['-c h -6 -ip 192.0.2.1', /exclude each other/],
    ['-s -4 -ip ::', /exclude each other/],
    ['-c h -ip 192.0.2.1 -ip 192.0.2.2', /a client binds to one address/],
    ['-c h -ip eth0', /^-ip eth0: expected an address of this host/],
    ['-c h --dev an/other', /expected a network device/],

    ['-c h -r --bidir', /leave out -r$/],
    ['-c h -d 10 --bytes 1M', /^-d and --bytes exclude/],
    ['-c h -tos 1 --dscp EF', /leave out one$/],
    ['-c h --json --json-stream', /choose one$/],
    ['-c h -d 0 --via a', /a comparison needs an end/],
    ['-c h -d 0 -p tcp,udp', /choose one -t and one -p$/],
    ['-c h -d 0 -t b,l', /choose one -t and one -p$/],
    ['-c h --rounds 3', /add --via ADDR$/],
    ['-c h --via a --rounds 2', /^--rounds 2: expected a whole number, 3 to 1000$/],

    ['-c h -p icmp', /^-p icmp is for pi, tr, mtr and mtu/],
    ['-c h -i 1000', /^-i counts probes .* use -t l -g TIME -d TIME$/],
    ['-c h -i 0', /^-i 0: for no lines while a test runs use -q; for a test that goes on until Ctrl-C use -d 0$/],
    ['-c h -i 0.5', /use --interval 0.5$/],
    ['-c h -t c -cport 5000', /^-cport with -t c: each connection has a port of its own/],
    ['-c h -t b,l -cport 5000', /^-cport is for one test on one path/],
    ['-c h --via g -cport 5000', /^-cport is for one test on one path/],
    ['-c h --hops 9', /add -t tr or -t mtr$/],
    ['-c h -p sctp', /^-p sctp: expected tcp or udp or icmp$/],
    ['-c h -p tcp,tcp', /names the same one twice/],
    ['-c h -p tcp,', /expected tcp or udp or icmp/],
    ['-c h -t c -p udp', /^-t c is a test over TCP, since UDP has no connections; leave out -p udp$/],
    ['-c h -t c -l 64', /^-l is no option of -t c/],
    ['-c h -t b --hold 5', /add -t c$/],
    ['-c h -t c --hold 5 -w 1s', /^--hold takes no -w/],
    ['-c h -t c -r', /^-r is for a bandwidth test; -t l and -t c have no direction$/],
    ['-c h -t c -b 1M', /^-b is for a bandwidth test/],
    ['-c h -dp 3', /^-dp 3: expected 1 or 2, the decimals of bit rates$/],
    ['-c h -dp 0', /^-dp 0: expected 1 or 2/],
    ['-c h -p http', /^-p http: HTTP is measured with -x http:\/\/HOST\/$/],
    ['-c h -t x', /^-t x: expected b or l or p or c or pi or tr or mtr or mtu$/],
    ['-c h -n 129', /128 at most/],
    ['-c h -n 1e1', /expected a whole number, 0 to 128$/],
    ['-c h -p udp -l 27', /^-l 27: a UDP bandwidth test takes 28 to 65507 bytes$/],
    ['-c h -p udp -l 65508', /28 to 65507/],
    ['-c h -p tcp,udp -l 128K', /a UDP bandwidth test takes/],
    ['-c h -t l -l 63', /^-l 63: a UDP latency test takes 64 to 1400 bytes$/],
    ['-c h -t l -l 1401', /64 to 1400/],
    ['-c h -l 3G', /^-l 3G: expected 1 B to 2 GiB$/],
    ['-c h -b 100', /^-b 100: that is 100 bit\/s; .*write 100M/],
    ['-c h -b 500MB', /expected bits per second/],
    ['-c h -b -1', /^-b needs a value: -b RATE \(-1 is an option\)$/],
    ['-c h -d fast', /expected a time/],
    ['-c h -d 200d', /^-d 200d: expected at most 100d; -d 0 goes on until Ctrl-C$/],
    ['-c h -t l -g 999us', /^-g 999us: expected at least 1 ms$/],
    ['-c h --interval 50ms', /^--interval 50ms: expected at least 100 ms$/],
    ['-c h -tos 256', /0 to 255/],
    ['-c h --dscp 64', /0 to 63, CS0-CS7/],
    ['-c h --dscp AF44', /AF11-AF43/],
    ['-c h -port 65536', /^-port 65536: expected a whole number, 0 to 65535$/],
    ['-c h -port 0', /^-port 0 is for a server/],
    ['-c h --engine fast', /expected auto or portable/],

    ['-c h -g 5ms', /add -t l/],
    ['-c h -t l -b 1M', /use -g TIME$/],
    ['-c h -t l -n 2', /a latency test has one stream$/],
    ['-c h -t l -r', /-r is for a bandwidth test/],
    ['-c h -t l --bidir', /--bidir is for a bandwidth test/],
    ['-c h -t l --bytes 1M', /use -d TIME$/],
    ['-c h -t l --rx-copy', /is for a bandwidth test/],
    ['-c h -p udp --congestion bbr', /is for TCP/],
    ['-c h -p udp --mss 1400', /for UDP use -l LEN$/],
    ['-c h -p udp --no-delay', /is for TCP/],
    ['-c h -p udp --rx-copy', /is for TCP/],
    ['-c h --dont-fragment', /use -p udp$/],
    ['-c h -o -', /^-o -: expected the name of a file$/],
  ])('%s', (line, message) => {
    expect(() => wishes(line)).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }));
    expect(() => wishes(line)).toThrow(message);
  });
});
