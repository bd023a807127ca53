import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { CaptureReader } from '../../../../src/capture/file/capture-reader.ts';
import { openCapture } from '../../../../src/run/capture/open-capture.ts';
import { readCapture } from '../../../../src/run/capture/read-capture.ts';
import { concat, pcapHead, pcapRecord } from '../../../support/capture-bytes.ts';
import { copyOf, type ReadPacket, readChunks } from '../../../support/read-captures.ts';

const folder = mkdtempSync(join(tmpdir(), 'winze-captures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOTHING = Readable.from([]);
/** 3000 records of different lengths, which no compression makes small: 2.4 MB. */
let seed = 1;
const octet = () => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return seed >>> 24;
};
const RECORDS = Array.from({ length: 3000 }, (_, i) =>
  pcapRecord({ seconds: i, packet: Uint8Array.from({ length: i % 1600 }, octet) }),
);
const FILE = concat(pcapHead(), ...RECORDS);
const EXPECTED = readChunks([FILE]).packets;

function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function readAll(path: string, stdin: Readable = NOTHING): Promise<[ReadPacket[], CaptureReader]> {
  const reader = new CaptureReader();
  const packets: ReadPacket[] = [];
  await readCapture({ path, stdin }, reader, (record) => packets.push(copyOf(record)));
  return [packets, reader];
}

const octetsOf = (packets: readonly ReadPacket[]) => Buffer.concat(packets.map(({ packet }) => packet));

/** Files of this test that the process has open, where the system tells. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${name}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      // ENOENT: the descriptor of the listing itself is closed by now.
      return [];
    }
  });
}

async function expectWhole(path: string, stdin?: Readable): Promise<void> {
  const [packets, reader] = await readAll(path, stdin);
  expect(reader.fault).toBeNull();
  expect(packets.length).toBe(EXPECTED.length);
  expect(octetsOf(packets).equals(octetsOf(EXPECTED))).toBe(true);
}

/** A stream of pieces as a pipe may cut them. */
const pieces = (bytes: Uint8Array, size: number): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      Buffer.from(bytes.subarray(i * size, (i + 1) * size)),
    ),
  );

describe('readCapture()', () => {
  test('reads a file, whatever its name', () => expectWhole(fileOf('capture.txt', FILE)));
  test('reads gzip data, whatever its name', () => expectWhole(fileOf('packed.pcap', gzipSync(FILE))));

  test('reads gzip data of several members', () => {
    const parts = [0, 3, 100_000, 1_000_000].map((from, i, all) => gzipSync(FILE.subarray(from, all[i + 1])));
    return expectWhole(fileOf('members.gz', concat(...parts)));
  });

  test.each([1000, 65_536])('reads the standard input in pieces of %i octets', async (size) => {
    await expectWhole('-', pieces(FILE, size));
    await expectWhole('-', pieces(gzipSync(FILE), size));
  });

  test('reads the standard input octet by octet', async () => {
    const small = concat(pcapHead(), ...RECORDS.slice(0, 40));
    for (const bytes of [small, gzipSync(small)]) {
      const [packets, reader] = await readAll('-', pieces(bytes, 1));
      expect([packets.length, reader.fault]).toEqual([40, null]);
    }
  });

  test('reads a file in the folder that is named -', () => expectWhole(fileOf('-', FILE)));

  test('passes on the packets of a live stream as they arrive', async () => {
    const stdin = new PassThrough();
    const reader = new CaptureReader();
    let seen = () => {};
    const first = new Promise<void>((resolve) => {
      seen = resolve;
    });
    const reading = readCapture({ path: '-', stdin }, reader, () => seen());
    stdin.write(concat(pcapHead(), pcapRecord({ packet: Uint8Array.of(1) })));
    await first;
    stdin.end();
    await reading;
    expect([reader.frames, reader.fault]).toEqual([1, null]);
  });

  test('calls onPause when no more octets are available, and not before', async () => {
    const stdin = new PassThrough();
    const reader = new CaptureReader();
    const pauses: number[] = [];
    const more = [RECORDS.slice(0, 10), RECORDS.slice(10, 15), RECORDS.slice(15, 16)];
    stdin.write(pcapHead());
    const write = (): void => {
      const next = more.shift();
      // Several chunks at once.
      if (next) for (const record of next) stdin.write(record);
      else stdin.end();
    };
    let next: NodeJS.Immediate | undefined;
    await readCapture(
      { path: '-', stdin },
      reader,
      () => undefined,
      undefined,
      async () => {
        pauses.push(reader.frames);
        clearImmediate(next);
        next = setImmediate(write);
      },
    );
    expect([...new Set(pauses)]).toEqual([0, 10, 15, 16]);
  });

  test('waits for the promise of onPause', async () => {
    const stdin = new PassThrough();
    const seen: string[] = [];
    stdin.write(concat(pcapHead(), pcapRecord({ packet: Uint8Array.of(1) })));
    let isFirst = true;
    const onPause = async (): Promise<void> => {
      if (!isFirst) return;
      isFirst = false;
      stdin.end(pcapRecord({ packet: Uint8Array.of(2) }));
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
      seen.push('pause is over');
    };
    const onRecord = ({ frame }: { frame: number }): void => void seen.push(`frame ${frame}`);
    await readCapture({ path: '-', stdin }, new CaptureReader(), onRecord, undefined, onPause);
    expect(seen.filter((what) => what !== 'frame 1')).toEqual(['pause is over', 'frame 2']);
  });

  test.skipIf(process.platform === 'win32')('stops reading a named pipe whose writer is silent', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    // For reading too, so that opening it waits for nobody.
    const writer = await open(path, 'r+');
    await writer.appendFile(concat(pcapHead(), pcapRecord({ packet: Uint8Array.of(1) })));
    class Left extends Error {}
    const leave = (): never => {
      throw new Left();
    };
    await expect(readCapture({ path, stdin: NOTHING }, new CaptureReader(), leave)).rejects.toThrow(Left);
    await writer.close();
  });

  test.each([
    ['', 'the file is empty'],
    ['\x1f', 'the file ends after 1 octets, too few for any capture file'],
  ])('reports a file that is nearly empty: %j', async (text, message) => {
    const [packets, reader] = await readAll(fileOf('short', new TextEncoder().encode(text)));
    expect(packets).toEqual([]);
    expect(reader.fault).toMatchObject({ frame: 1, fileOffset: 0, message });
  });

  test('passes on all packets before gzip data is truncated, and reports one fault', async () => {
    const packed = gzipSync(FILE);
    const path = fileOf('cut.gz', packed);
    truncateSync(path, packed.length >> 1);
    const [packets, reader] = await readAll(path);
    // Hardly compressed: half of the file is half of the packets' octets.
    const octets = packets.reduce((sum, { capturedBytes }) => sum + capturedBytes + 16, 24);
    expect(octets).toBeGreaterThan(FILE.length * 0.45);
    expect(octetsOf(packets).equals(octetsOf(EXPECTED.slice(0, packets.length)))).toBe(true);
    expect(reader.fault).toMatchObject({ frame: packets.length + 1, fileOffset: octets, reason: 'unreadable' });
    expect(reader.fault?.message).toBe('the gzip data is damaged or cut: unexpected end of file');
  });

  test('passes on packets before damage in gzip data, except for 64 KiB, and reports one fault', async () => {
    const packed = gzipSync(FILE);
    packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 400);
    const [packets, reader] = await readAll(fileOf('damaged.gz', packed));
    const octets = packets.reduce((sum, { capturedBytes }) => sum + capturedBytes + 16, 24);
    expect(octets).toBeGreaterThan(FILE.length * 0.5 - 2 * 65_536);
    expect(packets.length).toBeLessThan(EXPECTED.length);
    expect(reader.fault).toMatchObject({ frame: packets.length + 1 });
  });

  test('reports a wrong checksum of gzip data', async () => {
    const packed = gzipSync(FILE);
    packed.fill(0, packed.length - 8, packed.length - 4);
    const [packets, reader] = await readAll(fileOf('checksum.gz', packed));
    expect(packets.length).toBeGreaterThan(EXPECTED.length - 100);
    expect(reader.fault?.message).toBe('the gzip data is damaged or cut: incorrect data check');
  });

  test('reports a stream that fails', async () => {
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield concat(pcapHead(), pcapRecord({ packet: Uint8Array.of(1) }), Uint8Array.of(1, 2, 3));
      throw new Error('EIO: i/o error, read');
    }
    const [packets, reader] = await readAll('-', Readable.from(breaking()));
    expect(packets).toHaveLength(1);
    expect(reader.fault).toEqual({
      frame: 2,
      fileOffset: 41,
      reason: 'unreadable',
      message: 'the file cannot be read further: EIO: i/o error, read',
    });
  });

  test('stops reading a stream that is no capture, compressed or not, without waiting for its end', async () => {
    for (const text of ['no capture', gzipSync('no capture')]) {
      const stdin = new PassThrough();
      stdin.write(text);
      const [packets, reader] = await readAll('-', stdin);
      expect([packets.length, reader.fault?.reason]).toEqual([0, 'unknown-format']);
      expect(stdin.destroyed).toBe(true);
    }
  });

  test('stops on request, with the file closed', async () => {
    const reason = new Error('enough');
    const stop = new AbortController();
    const seen = () => stop.abort(reason);
    for (const path of [fileOf('a.pcap', FILE), fileOf('a.gz', gzipSync(FILE))]) {
      const reading = readCapture({ path, stdin: NOTHING }, new CaptureReader(), seen, stop.signal);
      await expect(reading).rejects.toBe(reason);
    }
    expect(openFiles()).toEqual([]);
  });

  test('rejects with an error that onRecord throws', async () => {
    const reading = readCapture({ path: fileOf('b.gz', gzipSync(FILE)), stdin: NOTHING }, new CaptureReader(), () => {
      throw new Error('mine');
    });
    await expect(reading).rejects.toThrow('mine');
  });

  test('decompresses no more than its consumer takes', async () => {
    // 1 GB of zeros behind a good head: as packets of no octets they are 64 million.
    const zeros = gzipSync(new Uint8Array(10_000_000));
    const bomb = concat(gzipSync(pcapHead()), ...Array.from({ length: 100 }, () => zeros));
    const before = process.memoryUsage().arrayBuffers;
    let chunks = 0;
    let most = 0;
    for await (const chunk of await openCapture({ path: fileOf('bomb.gz', bomb), stdin: NOTHING })) {
      expect(chunk.length).toBeLessThanOrEqual(1 << 20);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      await new Promise(setImmediate);
      if (++chunks === 200) break;
    }
    expect(most).toBeLessThan(30e6);
  });
});

describe('openCapture()', () => {
  test.each([
    ['missing', 'ERR_USAGE', `cannot open ${join(folder, 'missing')}: there is no such file`],
    ['.', 'ERR_USAGE', `cannot read ${folder}: it is a directory; name a file in it`],
  ])('gives advice for %s', async (name, code, message) => {
    await expect(openCapture({ path: join(folder, name), stdin: NOTHING })).rejects.toMatchObject({ code, message });
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'says what to do about a file that may not be read (skipped for root and on Windows)',
    async () => {
      const path = fileOf('secret', FILE);
      chmodSync(path, 0);
      const opening = openCapture({ path, stdin: NOTHING });
      await expect(opening).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
      await expect(opening).rejects.toThrow(`permission denied; make it readable, or pipe it in (sudo cat ${path})`);
    },
  );
});
