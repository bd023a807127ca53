/** `decode` and `capture` of the library, as a program uses them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { capture, type DecodedPacket, type DecodeOptions, type Decoding, decode } from '../../dist/index.js';
import { formatKey } from '../../src/tunnel/keys.ts';
import { concat, pcapHead, pcapRecord } from '../support/capture-bytes.ts';
import { icmpEcho, ipv4, tcp, udp } from '../support/packets.ts';
import { forward, sealedData } from '../support/sealed-packets.ts';

const ROOT = join(import.meta.dirname, '../..');
const KEY = new Uint8Array(32).fill(5);
const INDEX = 0x0102_0304;
const MESSAGES = 300;
const inner = ipv4(17, udp(9000, 9001, new Uint8Array(20)));

const folder = mkdtempSync(join(tmpdir(), 'winze-library-'));
const at = (name: string): string => join(folder, name);
const file = at('wg.pcap');
const keyLog = at('wg.keys');
const records = [
  ...Array.from({ length: MESSAGES }, (_, i) => forward(sealedData(KEY, INDEX, i, inner))),
  ipv4(1, icmpEcho()),
  ipv4(6, tcp(443, 50_000, new Uint8Array(0))),
].map((packet, i) => pcapRecord({ seconds: 1_700_000_000 + i, fraction: 250_000, packet }));
const octets = concat(pcapHead(undefined, { network: 101 }), ...records);

beforeAll(() => {
  writeFileSync(file, octets);
  writeFileSync(keyLog, `TRANSPORT_KEY 0x${INDEX.toString(16)} = ${formatKey(KEY)}\n`, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function packetsOf(decoding: Decoding): Promise<DecodedPacket[]> {
  const packets: DecodedPacket[] = [];
  for await (const packet of decoding) packets.push(packet);
  return packets;
}

/** Files of the folder that this process has open. */
const openFiles = (): string[] =>
  readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        // The one of the folder itself, which is closed by now.
        return '';
      }
    })
    .filter((path) => path.startsWith(folder));

/** What the command says of the same file. */
function commandReport(...argv: string[]): unknown {
  const { stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/winze.js'), 'decode', '--json', ...argv], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('decode()', () => {
  test('gives every packet with its layers, each its own memory', async () => {
    const packets = await packetsOf(await decode({ file }));
    expect(packets.map(({ frame }) => frame)).toEqual(records.map((_, i) => i + 1));
    const [first] = packets;
    expect(first).toMatchObject({
      time: { seconds: 1_700_000_000, nanoseconds: 250_000_000 },
      direction: null,
      link_type: 101,
      fragment: 'none',
      error: null,
      handshake: null,
      messages: [],
      inner: [],
    });
    const [ip, datagram, message] = first?.layers ?? [];
    expect(ip).toMatchObject({ name: 'ipv4', header_bytes: 20, source: '192.0.2.1', destination: '198.51.100.2' });
    expect(datagram).toMatchObject({ name: 'udp', source: null, source_port: 40_000, destination_port: 51_820 });
    expect(message).toMatchObject({ name: 'wireguard', tunnel: 'wireguard', is_quoted: false, source_port: null });
    expect(message?.bytes).toEqual(sealedData(KEY, INDEX, 0, inner));
    expect(packets.at(-1)?.layers.map(({ name }) => name)).toEqual(['ipv4', 'tcp']);
    expect(packets.at(-1)?.layers[1]).toMatchObject({ source_port: 443, destination_port: 50_000 });
  });

  test('the report is the document of the command, with the packets or without', async () => {
    const document = commandReport(file);
    const decoding = await decode({ file });
    expect(await packetsOf(decoding)).toHaveLength(records.length);
    expect(await decoding.report()).toEqual(document);
    expect(await (await decode({ file })).report()).toEqual(document);
  });

  test.each([1, 2])('keys decrypt what is inside, with %d threads', async (threads) => {
    const options = { file, key_logs: [keyLog], threads };
    const decoding = await decode(options);
    const packets = await packetsOf(decoding);
    expect(packets).toHaveLength(records.length);
    for (const { frame, inner: packetsInside, messages } of packets.slice(0, MESSAGES)) {
      expect(messages).toEqual([{ is_decrypted: true, reason: null }]);
      expect(packetsInside.map((packet) => [packet.frame, packet.layers[0]?.bytes])).toEqual([[frame, inner]]);
    }
    expect(packets.at(-1)).toMatchObject({ messages: [], inner: [] });
    const document = commandReport('--keys', keyLog, file);
    expect(await decoding.report()).toEqual(document);
    expect(await (await decode(options)).report()).toEqual(document);
  });

  test('a filter, a count and what is told of ports are those of the command', async () => {
    const udpInside = await packetsOf(await decode({ file, key_logs: [keyLog], filter: 'port 9001', count: 3 }));
    expect(udpInside.map(({ frame, inner: { length } }) => [frame, length])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect(await packetsOf(await decode({ file, filter: 'icmp' }))).toMatchObject([{ frame: MESSAGES + 1 }]);
    const told = await (await decode({ file, decode_as: ['udp:51820=vxlan'] })).report();
    expect(told).toEqual(commandReport('--decode-as', 'udp:51820=vxlan', file));
    expect(told.file.decode_as).toEqual(['udp:51820=vxlan']);
  });

  test('octets of a program are decoded as those of a file, packed too', async () => {
    async function* pieces() {
      const packed = gzipSync(octets);
      for (let from = 0; from < packed.length; from += 100) yield packed.subarray(from, from + 100);
    }
    const document = await (await decode({ file: pieces() })).report();
    expect(document).toEqual({
      ...(await (await decode({ file })).report()),
      file: { ...document.file, name: 'octets' },
    });
  });

  test('what is wrong in the file is in the report; the packets before it are given', async () => {
    writeFileSync(at('cut.pcap'), octets.subarray(0, -3));
    const decoding = await decode({ file: at('cut.pcap') });
    expect(await packetsOf(decoding)).toHaveLength(records.length - 1);
    expect((await decoding.report()).file.fault).toMatchObject({ frame: records.length });
  });

  test.each<readonly [Record<string, unknown>, RegExp]>([
    [{}, /^file /],
    [{ file, count: 0 }, /^count is not a whole number of 1/],
    [{ file, threads: 1.5 }, /^threads /],
    [{ file, key_logs: 'a' }, /^key_logs is not a list/],
    [{ file, configs: [7] }, /^configs\[0\] /],
    [{ file, signal: 'now' }, /^signal is not an AbortSignal/],
    [{ file, packets: true }, /^packets: there is no such field; there are .*file/],
    [{ file, filter: 'bananas' }, /^filter: .*bananas/],
    [{ file, decode_as: ['udp:1=vxlan', 'udp:2=bananas'] }, /^decode_as\[1\] udp:2=bananas: want udp:PORT/],
  ])('%j: ERR_USAGE names the field', async (options, message) => {
    const error = await decode(options as unknown as DecodeOptions).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_USAGE', message: expect.stringMatching(message) });
  });

  test.each<readonly [Partial<DecodeOptions>, RegExp]>([
    [{ file: at('nowhere.pcap') }, /^cannot open .*nowhere\.pcap: there is no such file$/],
    [{ file: folder }, /is a directory/],
    [{ key_logs: [keyLog, at('nowhere.keys')] }, /^key_logs\[1\] .*nowhere\.keys: cannot read it: ENOENT/],
    [{ configs: [keyLog] }, /^configs\[0\] .*wg\.keys: /],
    [{ preshared_keys: [`${'A'.repeat(40)}=`] }, /^preshared_keys\[0\]: neither a key nor a file/],
  ])('%j: the packets and the report reject', async (options, message) => {
    const all = { file, ...options };
    const expected = { code: 'ERR_USAGE', message: expect.stringMatching(message) };
    await expect(packetsOf(await decode(all))).rejects.toMatchObject(expected);
    await expect((await decode(all)).report()).rejects.toMatchObject(expected);
    expect(openFiles()).toEqual([]);
  });

  test('packets come once', async () => {
    const decoding = await decode({ file });
    await packetsOf(decoding);
    await expect(packetsOf(decoding)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const reported = await decode({ file });
    await reported.report();
    await expect(packetsOf(reported)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test.skipIf(process.platform !== 'linux')(
    'an iteration that is left leaves nothing open, threads neither',
    async () => {
      const threads = (): number => readdirSync('/proc/self/task').length;
      const decoding = await decode({ file, key_logs: [keyLog], threads: 2 });
      let seen = 0;
      const before = threads();
      for await (const packet of decoding) {
        expect(packet.frame).toBe(++seen);
        if (seen === 5) {
          expect(openFiles()).toEqual([file]);
          break;
        }
      }
      expect(openFiles()).toEqual([]);
      expect(threads()).toBeLessThanOrEqual(before);
      expect((await decoding.report()).summary.frames).toBeGreaterThanOrEqual(5);
    },
  );

  test('keeps no chunk that was read', async () => {
    const [chunks, chunkBytes] = [300, 1 << 20];
    async function* stream() {
      yield pcapHead(undefined, { network: 101 });
      for (let i = 0; i < chunks; i++) {
        const packet = pcapRecord({ seconds: i, packet: ipv4(17, udp(9000, 9001, new Uint8Array(1000))) });
        yield concat(...Array.from({ length: Math.floor(chunkBytes / packet.length) }, () => packet));
      }
    }
    await (await decode({ file: stream() })).report();
    expect(process.memoryUsage().arrayBuffers).toBeLessThan((chunks / 2) * chunkBytes);
  });

  test('a stream that the program gave, and that is silent, does not hold up whoever leaves', async () => {
    const stream = new PassThrough();
    stream.write(octets.subarray(0, -3));
    const decoding = await decode({ file: stream });
    for await (const packet of decoding) if (packet.frame === records.length - 1) break;
    expect(stream.destroyed).toBe(true);
    expect((await decoding.report()).file.fault).toBeNull();
  });

  test('signal: a file that was not read to its end is no result', async () => {
    const signal = AbortSignal.abort();
    const expected = { code: 'ERR_ABORTED' };
    await expect((await decode({ file, signal })).report()).rejects.toMatchObject(expected);
    expect(openFiles()).toEqual([]);
    const stop = new AbortController();
    const stream = new PassThrough();
    stream.write(octets);
    const decoding = await decode({ file: stream, signal: stop.signal });
    let seen = 0;
    const iterating = (async () => {
      for await (const _ of decoding) if (++seen === records.length) stop.abort();
    })();
    await expect(iterating).rejects.toMatchObject(expected);
    await expect(decoding.report()).rejects.toMatchObject(expected);
    expect(seen).toBe(records.length);
  });

  test('report() inside the loop is refused, instead of waited for without end', async () => {
    const decoding = await decode({ file });
    for await (const { frame } of decoding) {
      if (frame > 1) break;
      await expect(decoding.report()).rejects.toMatchObject({
        code: 'ERR_USAGE',
        message: expect.stringMatching(/^report\(\) inside the loop /),
      });
    }
    expect((await decoding.report()).file.fault).toBeNull();
  });

  test.each([
    ['text', 'a string'],
    [5, 'a number'],
    [null, 'null'],
  ])('octets that are %j are refused', async (chunk, kind) => {
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield octets;
      yield chunk as unknown as Uint8Array;
    }
    await expect((await decode({ file: stream() })).report()).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(`^file gives ${kind}, not a Uint8Array`),
    });
  });

  test('close() ends it, begun or not', async () => {
    await (await decode({ file })).close();
    const stream = new PassThrough();
    stream.write(octets);
    const decoding = await decode({ file: stream });
    const iterator = decoding[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ frame: 1 });
    await decoding.close();
    expect(stream.destroyed).toBe(true);
    expect((await iterator.next()).done).toBe(true);
  });

  test('onNotice is told what is doubtful about keys', async () => {
    writeFileSync(at('open.keys'), `${readFileSync(keyLog, 'utf8')}LOCAL_BANANA = x\n`);
    chmodSync(at('open.keys'), 0o644);
    const onNotice = vi.fn();
    await (await decode({ file, key_logs: [at('open.keys')], onNotice })).report();
    expect(onNotice.mock.calls.flat()).toEqual([
      expect.stringMatching(/^warning: .*open\.keys can be read by other users/),
      expect.stringMatching(/^.*open\.keys: line 2: /),
    ]);
  });
});

/** A tcpdump that has these octets, says what the real one says, and goes on until SIGINT. */
const TCPDUMP = `#!/bin/sh
if [ "$2" = missing ]; then echo "tcpdump: missing: No such device exists" >&2; exit 1; fi
echo "$$" > "$WINZE_TEST_FOLDER/pid"
echo "$@" > "$WINZE_TEST_FOLDER/arguments"
trap 'kill $! 2>/dev/null; echo "302 packets received by filter" >&2; echo "4 packets dropped by kernel" >&2; exit 0' INT TERM
cat "$WINZE_TEST_FOLDER/wg.pcap"
echo "tcpdump: listening on $2, link-type RAW" >&2
if [ "$2" = deaf ]; then trap '' INT TERM; exec sleep 60; fi
sleep 600 &
wait
`;

describe.skipIf(process.platform === 'win32')('capture()', () => {
  beforeAll(() => {
    writeFileSync(at('tcpdump'), TCPDUMP, { mode: 0o755 });
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
    vi.stubEnv('WINZE_TEST_FOLDER', folder);
  });
  afterAll(() => void vi.unstubAllEnvs());

  const isCapturing = (): boolean => {
    try {
      return process.kill(Number(readFileSync(at('pid'), 'utf8')), 0);
    } catch {
      return false;
    }
  };

  test('a program that takes no notice of signals is ended all the same', async () => {
    for await (const _ of await capture({ device: 'deaf' })) break;
    expect(isCapturing()).toBe(false);
  });

  test('gives packets as they pass; when the iteration is left, nobody captures any more', async () => {
    const capturing = await capture({ device: 'eth0', capture_filter: 'udp or icmp', key_logs: [keyLog] });
    expect(isCapturing()).toBe(true);
    const frames: number[] = [];
    for await (const { frame, inner: packetsInside } of capturing) {
      expect(packetsInside).toHaveLength(frame <= MESSAGES ? 1 : 0);
      frames.push(frame);
      if (frame === records.length) break;
    }
    expect(frames).toEqual(records.map((_, i) => i + 1));
    expect(isCapturing()).toBe(false);
    const report = await capturing.report();
    expect(report.file).toMatchObject({ name: 'eth0', dropped_packets: 4, fault: null });
    expect(report.summary.frames).toBe(records.length);
    const told = readFileSync(at('arguments'), 'utf8');
    expect(told).toMatch(/^-i eth0 .*-s 262144 .*-U --immediate-mode -- udp or icmp\n$/);
  });

  test('signal is its end: the packets until then, and a report of them', async () => {
    const stop = new AbortController();
    const capturing = await capture({ device: 'eth0', snaplen_bytes: 200, signal: stop.signal });
    let seen = 0;
    for await (const { frame } of capturing) {
      seen = frame;
      if (frame === records.length) stop.abort();
    }
    expect(seen).toBe(records.length);
    expect(isCapturing()).toBe(false);
    expect((await capturing.report()).summary.frames).toBe(records.length);
  });

  test('the report alone, of so many packets that meet the filter', async () => {
    const capturing = await capture({ device: 'eth0', filter: 'frame 10-1000', count: 7 });
    const { summary } = await capturing.report();
    expect(summary.frames).toBe(7);
    expect(isCapturing()).toBe(false);
  });

  test('close() ends one that nobody asks anything of', async () => {
    const capturing = await capture({ device: 'eth0' });
    expect(isCapturing()).toBe(true);
    await capturing.close();
    expect(isCapturing()).toBe(false);
  });

  test('one whose program is killed ends too, on a device without packets', async () => {
    const program = `import { capture } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
      const capturing = await capture({ device: 'eth0' });
      process.stdout.write('begun');
      await capturing.report();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(isCapturing()).toBe(true);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(isCapturing()).toBe(false), 5000);
  });

  test.each<readonly [Parameters<typeof capture>[0], RegExp]>([
    [{ device: 'missing' }, /^there is no device missing to capture on/],
    [{ device: 'eth0', capture_filter: 'udp\0' }, /^capture_filter is not a text /],
    [{ device: 'eth0', snaplen_bytes: 300_000 }, /^snaplen_bytes is not a whole number of 1 to 262144/],
    [{ device: 'eth0', filter: 'bananas' }, /^filter: /],
    [{ device: 'eth0', key_logs: ['/nowhere/a.keys'] }, /^key_logs\[0\] \/nowhere\/a\.keys: cannot read it/],
  ])('%j rejects', async (options, message) => {
    await expect(capture(options)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(message),
    });
  });

  test('where a filter hides fragments, onNotice is told', async () => {
    const onNotice = vi.fn();
    const capturing = await capture({ device: 'eth0', capture_filter: 'udp port 51820', onNotice });
    await capturing.close();
    expect(onNotice).toHaveBeenCalledWith(expect.stringContaining('hides the later fragments'));
  });
});
