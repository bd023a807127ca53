/** Capture files against TShark's and tcpdump's reading of them: frames, times, lengths, link types, faults. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { CaptureReader } from '../../src/capture/file/capture-reader.ts';
import { readCapture } from '../../src/run/capture/read-capture.ts';
import { CORPUS, CORPUS_MISSING, corpusFiles, hasCorpus, truthOf } from '../support/corpus.ts';
import { copyOf, type ReadCapture, type ReadPacket, readChunks } from '../support/read-captures.ts';

const FORMATS = join(CORPUS, 'generated/formats');

async function readPath(path: string): Promise<ReadCapture> {
  const reader = new CaptureReader();
  const packets: ReadPacket[] = [];
  await readCapture({ path, stdin: Readable.from([]) }, reader, (record) => packets.push(copyOf(record)));
  return { packets, reader };
}

/** As TShark prints `frame.time_epoch`. */
function epoch({ seconds, nanoseconds }: ReadPacket): string {
  return seconds === null ? '' : `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
}

/** What the outermost name of `frame.protocols` says of the link type. */
const LINK_TYPES: Readonly<Record<string, readonly number[]>> = {
  eth: [1],
  ip: [228],
  ipv6: [229],
  raw: [12, 14, 101, 228, 229],
  null: [0, 108],
  sll: [113, 276],
  ppp: [9, 50, 51],
};

/** How files of the corpus end that do not end well, in the words of TShark 4.0 and tcpdump 4.99. */
const FAULTS: Readonly<Record<string, string>> = {
  // "network type reserved field not zero (0x00300000)"
  'malformed/libpcap-linktype-reserved-field-not-zero.pcap': 'bad-header',
  // "unknown SHB version 0.1"
  'malformed/libpcap-pcapng-invalid-vers-1.pcapng': 'unsupported-version',
  // "block total length in header and trailer don't match"
  'malformed/libpcap-shb-option-too-long.pcapng': 'bad-trailer',
};

describe.skipIf(!hasCorpus)(`captures of the corpus${hasCorpus ? '' : ` (skipped: ${CORPUS_MISSING})`}`, () => {
  test.each(corpusFiles())('%s: frames, times, lengths and link types as TShark has them', async (file) => {
    const { packets, reader } = await readPath(join(CORPUS, file));
    expect(reader.fault?.reason).toBe(FAULTS[file]);
    const rows = truthOf(file);
    expect(packets.length).toBe(rows.length);
    rows.forEach((row, i) => {
      const packet = packets[i];
      if (packet === undefined) return;
      const { frame, capturedBytes, originalBytes } = packet;
      expect([frame, epoch(packet), capturedBytes, originalBytes].map(String)).toEqual(
        ['frame.number', 'frame.time_epoch', 'frame.cap_len', 'frame.len'].map((name) => row.get(name)),
      );
      const [outermost = ''] = row.get('frame.protocols')?.split(/[:,]/) ?? [];
      expect(LINK_TYPES[outermost], `frame ${frame}: ${outermost}`).toContain(packet.linkType);
    });
  });
});

/** The rows of RESULTS.txt: how many frames TShark and tcpdump read. */
function results(): [string, number, number][] {
  if (!hasCorpus) return [];
  const lines = readFileSync(join(FORMATS, 'RESULTS.txt'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [, name = '', tshark, tcpdump] = /^(\S+) tshark=(\d+) .* tcpdump=(\d+)/.exec(line) ?? [];
    return [name, Number(tshark), Number(tcpdump)];
  });
}

/** Reason, frame and offset of what is wrong; frames by RESULTS.txt, offsets by a walk over the lengths. */
const FORMAT_FAULTS: Readonly<Record<string, readonly [string, number, number]>> = {
  'bad-empty.pcap': ['empty', 1, 0],
  'bad-hugecaplen.pcap': ['bad-length', 1, 24],
  'bad-magic.pcap': ['unknown-format', 1, 0],
  'bad-trunc-header.pcap': ['truncated', 1, 0],
  'trunc-midrechdr.pcap': ['truncated', 2, 230],
  'trunc-midrecord.pcap': ['truncated', 40, 16_082],
  'ng-bad-blocklen.pcapng': ['bad-length', 1, 48],
  'ng-bad-trailer.pcapng': ['bad-trailer', 40, 16_848],
  'ng-epb-bad-iface.pcapng': ['unknown-interface', 1, 68],
  'ng-no-idb.pcapng': ['unknown-interface', 1, 48],
  'ng-trunc-midblock.pcapng': ['truncated', 40, 16_848],
};

const LINK_TYPE_BY_NAME = /^lt(\d+)-/;
/** Octets before the IP header, where they are not those of Ethernet. */
const HEAD_BYTES: Readonly<Record<number, number>> = { 0: 4, 12: 0, 14: 0, 101: 0, 108: 4, 113: 16, 228: 0, 276: 20 };
/** What cuts or changes packets on purpose. */
const OTHER_PACKETS = /^(snap|bad-|iplen0|vlan|qinq|trunc|ng-bad|ng-trunc|ng-epb|ng-no)/;
/** Ticks of the variant, where it has fewer than nanoseconds. */
const TICK_NS: readonly [RegExp, number][] = [
  [/-ms\b/, 1_000_000],
  [/-us\b|kuznetzov|fcs|len-lt|^lt|comments|two-sections/, 1000],
  [/2pow20/, 1e9 / 2 ** 20],
];

describe.skipIf(!hasCorpus)('variants of one capture', () => {
  test.each(results())(
    '%s: as many frames as TShark reads, and one fault if it is broken',
    async (name, tshark, tcpdump) => {
      const { packets, reader } = await readPath(join(FORMATS, name));
      // TShark 4.0 shows a block of type 0x80000001 as a frame; tcpdump passes over it.
      expect(packets.length).toBe(name === 'ng-unknown-blocks.pcapng' ? tcpdump : tshark);
      const { fault } = reader;
      expect(fault && [fault.reason, fault.frame, fault.fileOffset]).toEqual(FORMAT_FAULTS[name] ?? null);
    },
  );

  const intact = results().filter(([name]) => !OTHER_PACKETS.test(name));
  test.each(intact)('%s: the packets and times of the original', async (name) => {
    const original = (await readPath(join(FORMATS, 'ng-le-ns.pcapng'))).packets;
    const { packets } = await readPath(join(FORMATS, name));
    const tickNs = TICK_NS.find(([pattern]) => pattern.test(name))?.[1] ?? 1;
    packets.forEach((packet, i) => {
      const first = original[i % 40];
      if (first === undefined) return;
      const linkType = Number(LINK_TYPE_BY_NAME.exec(name)?.[1] ?? packet.linkType);
      expect(packet.linkType).toBe(linkType);
      const head = HEAD_BYTES[linkType] ?? 14;
      expect(Buffer.from(packet.packet.subarray(head)).equals(first.packet.subarray(14))).toBe(true);
      expect(packet.originalBytes).toBe(packet.capturedBytes);
      expect(packet.seconds === null).toBe(name === 'ng-le-spb.pcapng');
      if (packet.seconds === null) return;
      const laterNs = ((first.seconds ?? 0) - packet.seconds) * 1e9 + first.nanoseconds - packet.nanoseconds;
      expect(laterNs).toBeGreaterThanOrEqual(0);
      expect(laterNs).toBeLessThan(tickNs);
    });
  });

  test('what TShark says of the original: the first frames, to the nanosecond', async () => {
    const { packets } = await readPath(join(FORMATS, 'ng-le-ns.pcapng'));
    expect(packets.slice(0, 2).map((packet) => [epoch(packet), packet.capturedBytes])).toEqual([
      ['1795480222.192141123', 190],
      ['1795480222.193480123', 134],
    ]);
  });

  test('the key logs of both byte orders, and a comment', async () => {
    const keys = readFileSync(join(FORMATS, 'keys'), 'utf8');
    for (const name of ['ng-le-dsb.pcapng', 'ng-be-dsb.pcapng']) {
      const { secrets } = (await readPath(join(FORMATS, name))).reader.facts;
      expect(secrets.map(({ type, bytes }) => [type, Buffer.from(bytes).toString()])).toEqual([[0x57474b4c, keys]]);
    }
    const { comments } = (await readPath(join(FORMATS, 'ng-comments.pcapng'))).reader.facts;
    expect(comments[0]?.text).toBe('a comment');
  });

  test('cut at every octet, and every octet changed: no throw, never more frames than there are octets for', () => {
    const small = hasCorpus
      ? readFileSync(join(FORMATS, 'ng-unknown-blocks.pcapng')).subarray(0, 900)
      : new Uint8Array(0);
    const whole = readChunks([small]).packets.length;
    for (let at = 0; at < small.length; at++) {
      expect(readChunks([small.subarray(0, at)]).packets.length).toBeLessThanOrEqual(whole);
      const changed = Uint8Array.from(small);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      expect(readChunks([changed]).packets.length).toBeLessThanOrEqual(small.length / 12);
    }
  });
});
