import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SECRETS_WIREGUARD_KEY_LOG } from '../../src/capture/file/capture-facts.ts';
import {
  encodeInterface,
  encodePacket,
  encodeSecrets,
  encodeSectionHeader,
  LINKTYPE_RAW,
} from '../../src/capture/file/pcapng-writer.ts';
import { CORPUS, CORPUS_MISSING, hasCorpus } from '../support/corpus.ts';
import { type ReadPacket, readChunks } from '../support/read-captures.ts';
import { missingPeers } from './support/peers.ts';

const skipped = missingPeers(['tshark', 'tcpdump']) !== null;
const folder = mkdtempSync(join(tmpdir(), 'winze-captures-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Rows of fields, whatever TShark says of the file's end. */
function tshark(path: string, ...fields: string[]): string[][] {
  const args = ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  let out: string;
  try {
    out = execFileSync('tshark', args, { encoding: 'utf8', stdio: 'pipe', maxBuffer: 64 << 20 });
  } catch (error) {
    // Exit status 2 after the frames of a file that is damaged.
    out = (error as { stdout: string }).stdout;
  }
  return out === ''
    ? []
    : out
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => line.split('\t'));
}

const epoch = ({ seconds, nanoseconds }: ReadPacket): string =>
  seconds === null ? '' : `${seconds}.${String(nanoseconds).padStart(9, '0')}`;

/** TShark 4.0 keeps the FCS, believes a `len` below `caplen`, and shows a block of type 0x80000001 as a frame. */
const DIFFERENT = new Set(['fcs-bits.pcap', 'len-lt-caplen.pcap', 'ng-unknown-blocks.pcapng']);
const FOLDER = join(CORPUS, 'generated/formats');
const variants = hasCorpus
  ? readdirSync(FOLDER).filter((name) => /\.pcap(ng)?$/.test(name) && !DIFFERENT.has(name))
  : [];

describe.skipIf(skipped || !hasCorpus)(`files of the corpus${hasCorpus ? '' : ` (skipped: ${CORPUS_MISSING})`}`, () => {
  test.each(variants)('%s: times and lengths as TShark has them', (name) => {
    const path = join(FOLDER, name);
    const { packets } = readChunks([new Uint8Array(readFileSync(path))]);
    expect(packets.map((packet) => [epoch(packet), `${packet.capturedBytes}`, `${packet.originalBytes}`])).toEqual(
      tshark(path, 'frame.time_epoch', 'frame.cap_len', 'frame.len'),
    );
  });
});

/** A UDP datagram of IPv4, 10.77.0.1 to 10.77.0.2, without checksums. */
function datagram(payload: string): Uint8Array {
  const octets = Buffer.from(payload);
  const head = Buffer.from('4500000000000000401100000a4d00010a4d00020007000700000000', 'hex');
  head.writeUInt16BE(28 + octets.length, 2);
  head.writeUInt16BE(8 + octets.length, 24);
  return Buffer.concat([head, octets]);
}

describe.skipIf(skipped)('what is written', () => {
  const time = { seconds: 1_795_480_222, nanoseconds: 192_141_579 } as const;
  const packet = (bytes: Uint8Array) => ({
    ...time,
    bytes,
    offset: 0,
    capturedBytes: bytes.length,
    originalBytes: bytes.length,
    direction: null,
  });
  const path = join(folder, 'written.pcapng');
  const keys = 'REMOTE_STATIC_PUBLIC_KEY = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n';
  writeFileSync(
    path,
    Buffer.concat([
      encodeSectionHeader('winze'),
      encodeSecrets(SECRETS_WIREGUARD_KEY_LOG, new TextEncoder().encode(keys)),
      encodeInterface(LINKTYPE_RAW, 'wg0'),
      encodePacket({ ...packet(datagram('hello')), direction: 'in' }, 0, 'outer frame 7'),
      encodePacket(packet(datagram('größer')), 0, null),
      encodePacket({ ...packet(datagram('no time')), seconds: null }, 0, null),
      encodePacket({ ...packet(datagram('cut').subarray(0, 30)), originalBytes: 31 }, 0, 'ä'),
    ]),
  );

  test('is read by TShark: times, lengths, comments, directions, addresses', () => {
    const fields = ['frame.time_epoch', 'frame.cap_len', 'frame.len', 'frame.comment', 'frame.packet_flags_direction'];
    expect(tshark(path, ...fields, 'ip.dst', 'frame.interface_name')).toEqual([
      ['1795480222.192141579', '33', '33', 'outer frame 7', '0x00000001', '10.77.0.2', 'wg0'],
      ['1795480222.192141579', '36', '36', '', '', '10.77.0.2', 'wg0'],
      ['', '35', '35', '', '', '10.77.0.2', 'wg0'],
      ['1795480222.192141579', '30', '31', 'ä', '', '10.77.0.2', 'wg0'],
    ]);
  });

  test('is read by tcpdump', () => {
    const lines = execFileSync('tcpdump', ['-nn', '-r', path], { encoding: 'utf8', stdio: 'pipe' }).trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toContain('IP 10.77.0.1.7 > 10.77.0.2.7: UDP, length 5');
  });

  test('has its application and secrets where Wireshark looks for them', () => {
    const told = execFileSync('capinfos', ['-M', path], { encoding: 'utf8' });
    expect(told).toMatch(/Capture application: +winze/);
    expect(told).toMatch(/Number of decryption secrets in file: +1/i);
  });
});
