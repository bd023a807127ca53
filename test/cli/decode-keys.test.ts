import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { expect, test } from 'vitest';
import { SECRETS_WIREGUARD_KEY_LOG } from '../../src/capture/file/capture-facts.ts';
import {
  encodeInterface,
  encodePacket,
  encodeSecrets,
  encodeSectionHeader,
  LINKTYPE_RAW,
} from '../../src/capture/file/pcapng-writer.ts';
import { formatKey } from '../../src/tunnel/keys.ts';
import { rawPcap } from '../support/capture-bytes.ts';
import { KERNEL, KERNEL_DATA, OURS } from '../support/golden-handshakes.ts';
import { icmpEcho, ipv4, join, le32, recordOf, udp, zeros } from '../support/packets.ts';
import { readChunks } from '../support/read-captures.ts';
import { backward, forward, initiatorLog, sealedData } from '../support/sealed-packets.ts';
import { play } from './fakes.ts';

const ping = ipv4(1, icmpEcho());
const PACKETS = [
  forward(KERNEL.initiation),
  backward(KERNEL.response),
  forward(KERNEL_DATA.forward),
  backward(KERNEL_DATA.backward),
  forward(sealedData(KERNEL.forwardKey, KERNEL.responderIndex, 1, join(ping, zeros(12)))),
  forward(sealedData(KERNEL.forwardKey, KERNEL.responderIndex, 2, [])),
];
const pcap = rawPcap(PACKETS);
const log = initiatorLog(KERNEL);
const withSecrets = join(
  encodeSectionHeader('test'),
  encodeInterface(LINKTYPE_RAW, 'eth0'),
  ...PACKETS.slice(0, 2).map((bytes, i) => encodePacket(recordOf(bytes, { seconds: 1_532_126_321 + i }), 0, null)),
  encodeSecrets(SECRETS_WIREGUARD_KEY_LOG, new TextEncoder().encode(`${log}\n`)),
  ...PACKETS.slice(2).map((bytes, i) => encodePacket(recordOf(bytes, { seconds: 1_532_126_323 + i }), 0, null)),
);
const captures = { 'wg.pcap': pcap, 'dsb.pcapng': withSecrets };
const file = (text: string, mode: number | null = 0o600) => ({ bytes: new TextEncoder().encode(text), mode });
const responderConf = `[Interface]
PrivateKey = ${formatKey(KERNEL.responderStatic)}
[Peer]
# Name = laptop
PublicKey = ${formatKey(KERNEL.initiatorPublic)}
`;
const secrets = {
  'wg.keys': file(log),
  'open.keys': file(log, 0o644),
  'static.key': file(`${formatKey(KERNEL.responderStatic)}\n`),
  'half.keys': file(`${log}\nbananas\n`),
  'bad.keys': file('bananas\n'),
  'wide.keys': { bytes: new Uint8Array(Buffer.from(`\ufeff${log}`, 'utf16le')), mode: null },
  'empty.keys': file(''),
  './wg0.conf': file(responderConf),
  'psk.txt': file(`# of the office\n${formatKey(OURS.presharedKey)}\n`),
  'bad-psk.txt': file('\nbananas\n'),
};
const decode = (...argv: string[]) => play(['decode', ...argv], { captures, secrets });
const latin1 = (text = ''): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

test('winze decode --keys says how much was opened, and exactly how many octets', async () => {
  const { code, stdout, stderr } = await decode('--keys', 'wg.keys', 'wg.pcap');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('4  of 4 data messages decrypted\n');
  expect(stdout).toContain('3 packets of 252 bytes, 1 keepalive\n');
  expect(stdout).toContain('36 bytes of padding (12.5%)\n');
  expect(stdout).toContain('2  of 2 handshake messages decrypted\n');
  expect(stdout).toContain(`from ${formatKey(KERNEL.initiatorPublic)}\n`);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('winze decode --json has the same, with stable names', async () => {
  const { stdout } = await decode('--json', '--keys', 'wg.keys', 'wg.pcap');
  expect(JSON.parse(stdout).decryption).toEqual({
    data_messages: 4,
    data_messages_opened: 4,
    keepalives: 1,
    inner_bytes: 252,
    padding_bytes: 36,
    tunnels: { kinds: [], flows: [], flows_not_listed: 0, packets_not_followed: 0 },
    not_opened: [],
    handshake_messages: 2,
    handshake_messages_opened: 2,
    sessions_forgotten: 0,
    initiations_of_others: 0,
    initiators: [
      {
        initiator: { public_key: formatKey(KERNEL.initiatorPublic), name: null },
        responder: { public_key: formatKey(KERNEL.responderPublic), name: null },
        endpoint: '192.0.2.1:40000',
        initiations: 1,
        first_frame: 1,
        clock_ahead_ns: 356_532_872,
      },
    ],
  });
  const other = await decode('--json', '--conf', './wg0.conf', 'wg.pcap');
  expect(JSON.parse(other.stdout).decryption).toMatchObject({
    not_opened: [{ reason: 'no-ephemeral-key', data_messages: 4 }],
    initiators: [{ initiator: { name: 'laptop' } }],
  });
  expect(JSON.parse((await decode('--json', 'wg.pcap')).stdout).decryption).toBeNull();
});

test('winze decode --packets --keys prints what is inside, further to the right', async () => {
  const { stdout } = await decode('--packets', '--utc', '--keys', 'wg.keys', 'wg.pcap');
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(
    /WireGuard initiation, tx 0x30d037d8, initiator Igge9KzR\.\., responder YDCttCs9\.\., clock \+0\.357 s$/,
  );
  expect(lines[2]).toMatch(/WireGuard data, rx 0xab7df406, ctr 0, len 96$/);
  expect(lines[3]).toMatch(
    /^ {4}IP 10\.10\.0\.1 > 10\.10\.0\.2: ICMP echo request, id \d+, seq 1, length 64$|^ {4}IP /,
  );
  expect(lines[7]).toBe('    IP 192.0.2.1 > 198.51.100.2: ICMP echo request, id 7, seq 1, length 64');
  expect(lines).toHaveLength(9);
});

test('winze decode takes the keys that a file has, from where they stand', async () => {
  const { code, stdout } = await decode('dsb.pcapng');
  expect(code).toBe(0);
  expect(stdout).toContain('4  of 4 data messages decrypted\n');
  expect(stdout).toContain('2  of 2 handshake messages decrypted\n');
  const none = await decode('wg.pcap');
  expect(none.stdout).not.toContain('data messages decrypted');
});

test('winze decode says which data came before the keys of their file', async () => {
  const late = join(
    encodeSectionHeader('test'),
    encodeInterface(LINKTYPE_RAW, 'eth0'),
    ...PACKETS.slice(0, 4).map((bytes) => encodePacket(recordOf(bytes), 0, null)),
    encodeSecrets(SECRETS_WIREGUARD_KEY_LOG, new TextEncoder().encode(log)),
    ...PACKETS.slice(4).map((bytes) => encodePacket(recordOf(bytes), 0, null)),
  );
  const { stdout } = await play(['decode', 'late.pcapng'], { captures: { 'late.pcapng': late } });
  expect(stdout).toContain('2  of 4 data messages decrypted\n');
  expect(stdout).toContain('2  not decrypted: before the first key in the file; use --keys\n');
  expect(stdout).toContain('2  of 2 handshake messages decrypted\n');
});

test('winze decode tells once of the key logs in a capture that make no sense, however many', async () => {
  const block = (text: string): Uint8Array => encodeSecrets(SECRETS_WIREGUARD_KEY_LOG, new TextEncoder().encode(text));
  const wrong = join(
    encodeSectionHeader('test'),
    encodeInterface(LINKTYPE_RAW, 'eth0'),
    block(log),
    ...Array.from({ length: 300 }, (_, i) => block(`# block\n${'bananas\n'.repeat(1 + (i % 3))}`)),
    ...PACKETS.map((bytes) => encodePacket(recordOf(bytes), 0, null)),
  );
  const { code, stdout, stderr } = await play(['decode', 'x.pcapng'], { captures: { 'x.pcapng': wrong } });
  expect([code, stdout]).toEqual([0, expect.stringContaining('4  of 4 data messages decrypted\n')]);
  expect(stderr).toBe(
    'winze: x.pcapng: key logs in the capture: 600 problems in 300 blocks; the first, block 2, line 2: no line of a key log: want NAME = key\n',
  );
});

test('winze decode -c counts packets, also where keys take time to load', async () => {
  const { stdout } = await decode('--packets', '-c', '3', 'dsb.pcapng');
  expect(stdout.trimEnd().split('\n')).toHaveLength(4);
});

test('winze decode --conf names peers, and says why data stay closed', async () => {
  const { code, stdout } = await decode('--conf', './wg0.conf', 'wg.pcap');
  expect(code).toBe(0);
  expect(stdout).toContain('0  of 4 data messages decrypted\n');
  expect(stdout).toContain('4  not decrypted: the ephemeral key of its handshake is missing\n');
  expect(stdout).toContain('called laptop\n');
  const { stdout: lines } = await decode('--packets', '--keys', 'static.key', '-c', '3', 'wg.pcap');
  expect(lines).toContain('[not decrypted: no ephemeral key]');
});

test('winze decode --filter looks inside too', async () => {
  const { stdout } = await decode('--packets', '--filter', 'icmp and host 192.0.2.1', '--keys', 'wg.keys', 'wg.pcap');
  expect(stdout.match(/echo request/g)).toHaveLength(1);
  expect(stdout.trimEnd().split('\n')).toHaveLength(2);
});

test('winze decode --filter tells the packets of one super-datagram from each other', async () => {
  const other = ipv4(17, udp(7, 9, zeros(56)));
  const train = [ping, other].map((packet, i) =>
    sealedData(KERNEL.forwardKey, KERNEL.responderIndex, 10 + i, join(packet, zeros(12))),
  );
  const packets = [...PACKETS.slice(0, 2), forward(join(...train))];
  const capture = join(
    pcap.subarray(0, 24),
    ...packets.map((bytes) => join(le32(1), le32(5), le32(bytes.length), le32(bytes.length), bytes)),
  );
  const argv = ['decode', '--packets', '--filter', 'icmp', '--keys', 'wg.keys', '--write', 'a.pcapng', 'a.pcap'];
  const { stdout, files } = await play(argv, { captures: { 'a.pcap': capture }, secrets });
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => /ctr 10-11|echo request|UDP/.exec(line)?.[0]),
  ).toEqual(['ctr 10-11', 'echo request']);
  expect(readChunks([latin1(files.get('a.pcapng'))]).packets.map(({ packet }) => packet)).toEqual([ping]);
});

test('winze decode --write makes a capture of what is inside, for its owner alone', async () => {
  const { code, files, secretFiles, closedFiles } = await decode(
    '--keys',
    'wg.keys',
    '--write',
    'inner.pcapng',
    'wg.pcap',
  );
  expect([code, secretFiles, closedFiles]).toEqual([0, ['inner.pcapng'], ['inner.pcapng']]);
  const { packets, reader } = readChunks([latin1(files.get('inner.pcapng'))]);
  expect(reader.fault).toBeNull();
  expect(packets.map(({ packet, seconds, linkType }) => [packet.length, seconds, linkType])).toEqual([
    [84, 1_532_126_323, LINKTYPE_RAW],
    [84, 1_532_126_324, LINKTYPE_RAW],
    [84, 1_532_126_325, LINKTYPE_RAW],
  ]);
  expect(packets[2]?.packet).toEqual(ping);
  expect(reader.facts.comments.map(({ text }) => text)).toEqual(['outer frame 3', 'outer frame 4', 'outer frame 5']);
  expect(reader.facts.secrets).toEqual([]);
});

test.each([
  ['session', false],
  ['all', true],
])('winze decode --embed-keys %s: private keys go with the packets: %s', async (which, isPrivate) => {
  for (const source of [['--keys', 'wg.keys', 'wg.pcap'], ['dsb.pcapng']]) {
    const { files } = await decode('--write', 'inner.pcapng', '--embed-keys', which, ...source);
    const { reader } = readChunks([latin1(files.get('inner.pcapng'))]);
    const [secret] = reader.facts.secrets;
    const text = new TextDecoder().decode(secret?.bytes);
    expect(text).toContain(formatKey(KERNEL.initiatorEphemeral));
    expect(text.includes(formatKey(KERNEL.initiatorStatic))).toBe(isPrivate);
  }
});

test('winze decode --write of several captures says from which each packet is', async () => {
  const { files } = await decode('--keys', 'wg.keys', '--write', 'inner.pcapng', 'wg.pcap', 'dsb.pcapng');
  const { comments } = readChunks([latin1(files.get('inner.pcapng'))]).reader.facts;
  expect(comments.map(({ text }) => text).slice(2, 4)).toEqual([
    'outer frame 5 of wg.pcap',
    'outer frame 3 of dsb.pcapng',
  ]);
});

test('winze capture reads a key log again when a handshake passes that it has no keys of', async () => {
  let reads = 0;
  const growing = {
    ...secrets,
    /** Each time it is read it has a line more. */
    get 'live.keys'() {
      const lines = log.split('\n').slice(0, reads++ === 0 ? 0 : 3);
      return file(lines.join('\n') + (lines.length > 0 ? '\nLOCAL_EPH' : ''));
    },
  };
  const argv = ['capture', '-i', 'wg.pcap', '--keys', 'live.keys', '--write', 'a.pcapng', '--embed-keys', 'session'];
  const { code, stdout, stderr, files } = await play(argv, { captures, secrets: growing });
  expect(code).toBe(0);
  expect(stdout).toContain('4  of 4 data messages decrypted\n');
  expect(stderr).not.toContain('LOCAL_EPH');
  const { packets, reader } = readChunks([latin1(files.get('a.pcapng'))]);
  expect(packets).toHaveLength(3);
  const text = new TextDecoder().decode(reader.facts.secrets[0]?.bytes);
  expect(text).toContain(formatKey(KERNEL.initiatorEphemeral));
  expect(text).not.toContain(formatKey(KERNEL.initiatorStatic));
  // Once at the start, and once for the initiation.
  expect(reads).toBe(2);
});

test('winze decode --write keeps what it has when the next capture is not there', async () => {
  const { code, files, closedFiles } = await decode('--keys', 'wg.keys', '--write', 'a.pcapng', 'wg.pcap', 'none.pcap');
  expect([code, closedFiles]).toEqual([2, ['a.pcapng']]);
  expect(readChunks([latin1(files.get('a.pcapng'))]).packets).toHaveLength(3);
});

test('winze decode --write tells of a full disk, after all is printed', async () => {
  const { code, stdout, stderr } = await play(['decode', '--keys', 'wg.keys', '--write', 'inner.pcapng', 'wg.pcap'], {
    captures,
    secrets,
    diskFullAt: 1,
  });
  expect(code).toBe(5);
  expect(stdout).toContain('data messages decrypted');
  expect(stderr).toMatch(/cannot write inner\.pcapng: ENOSPC/);
});

const hasTshark = spawnSync('tshark', ['-v']).status === 0;
if (!hasTshark) console.warn('skipped: no tshark to read what --write made');

test.skipIf(!hasTshark)('TShark reads what --write made: packets, times and comments', async () => {
  const { files } = await decode('--keys', 'wg.keys', '--write', 'inner.pcapng', 'wg.pcap');
  const folder = mkdtempSync(joinPath(tmpdir(), 'winze-inner-'));
  try {
    const path = joinPath(folder, 'inner.pcapng');
    writeFileSync(path, latin1(files.get('inner.pcapng')));
    const fields = ['frame.time_epoch', 'frame.len', 'frame.comment', 'ip.src', 'icmp.type'];
    const { stdout } = spawnSync(
      'tshark',
      ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((name) => ['-e', name])],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout.trim().split('\n')[2]).toBe('1532126325.000005000\t84\touter frame 5\t192.0.2.1\t8');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('winze decode warns of keys that others may read, and of lines that are none', async () => {
  const open = await decode('--keys', 'open.keys', 'wg.pcap');
  expect(open.stderr).toBe('winze: warning: open.keys can be read by other users of this host; run chmod 600\n');
  const half = await decode('--keys', 'half.keys', 'wg.pcap');
  expect(half.code).toBe(0);
  expect(half.stderr).toBe('winze: half.keys: line 4: no line of a key log: want NAME = key\n');
});

test('winze decode --psk takes a key, or a file of them', async () => {
  for (const word of [formatKey(OURS.presharedKey), 'psk.txt']) {
    const packets = [forward(OURS.initiation), backward(OURS.response)];
    const capture = join(
      pcap.subarray(0, 24),
      ...packets.map((bytes) => join(le32(1), le32(5), le32(bytes.length), le32(bytes.length), bytes)),
    );
    const keys = initiatorLog({ ...OURS, presharedKey: new Uint8Array(32) });
    const { stdout } = await play(['decode', '--keys', 'a.keys', '--psk', word, 'a.pcap'], {
      captures: { 'a.pcap': capture },
      secrets: { ...secrets, 'a.keys': file(keys) },
    });
    expect(stdout).toContain('2  of 2 handshake messages decrypted');
  }
});

test.each([
  [['--keys', 'none.keys'], '--keys none.keys: cannot read it'],
  [['--keys', 'bad.keys'], '--keys bad.keys: line 1: no line of a key log'],
  [['--keys', 'wide.keys'], '--keys wide.keys: UTF-16 text, as PowerShell and Notepad may write it; save it as UTF-8'],
  [['--keys', 'empty.keys'], '--keys empty.keys: it is empty'],
  [['--conf', 'bad.keys'], '--conf /etc/wireguard/bad.keys.conf: cannot read it'],
  [['--conf', './bad.conf'], '--conf ./bad.conf: cannot read it'],
  [['--psk', 'bad-psk.txt'], '--psk bad-psk.txt: line 2: it has 7 characters'],
  [['--embed-keys', 'all'], '--embed-keys needs --write'],
  [['--embed-keys', 'some', '--write', 'a'], 'Allowed choices are session, all'],
])('winze decode %j is refused', async (argv, words) => {
  const { code, stderr } = await decode(...argv, 'wg.pcap');
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('winze decode repeats no mistyped key', async () => {
  const typed = formatKey(OURS.presharedKey).slice(0, -2);
  const { code, stderr } = await decode('--psk', typed, 'wg.pcap');
  expect(code).toBe(2);
  expect(stderr).not.toContain(typed.slice(0, 20));
});
