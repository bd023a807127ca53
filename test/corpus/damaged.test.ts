/**
 * Damaged captures: the packets up to the damage, and never a throw, a hang, or an octet that a terminal obeys.
 *
 * Damage is drawn, alike in every run; `WINZE_SEED=$RANDOM WINZE_MUTATIONS=1000` draws other and more.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  encodeInterface,
  encodePacket,
  encodeSectionHeader,
  LINKTYPE_RAW,
} from '../../src/capture/file/pcapng-writer.ts';
import { CORPUS, CORPUS_MISSING, corpusFiles, hasCorpus } from '../support/corpus.ts';
import { type Decoded, decodeAll } from '../support/decode-all.ts';
import { Mutator } from '../support/mutations.ts';

const SEED = Number(process.env.WINZE_SEED ?? 20_261_126);
const MUTATIONS = Number(process.env.WINZE_MUTATIONS ?? 12);
/** Of larger ones, the beginning. */
const MAX_BYTES = 24 * 1024;
const FILE_HEADER_BYTES = 24;

const files = corpusFiles().filter((file) => !file.endsWith('.gz') && statSync(join(CORPUS, file)).size > 0);

/** Nothing but printable ASCII, lines of tables, tabs of the hex dump and line breaks; JSON that parses. */
function harmIn({ text, json }: Decoded): string | null {
  for (const line of json.split('\n')) if (line.startsWith('{"event"')) JSON.parse(line);
  for (const line of `${text}\n${json}`.split('\n')) if (!/^[\t -~─…]*$/.test(line)) return JSON.stringify(line);
  return null;
}

describe.skipIf(!hasCorpus)(`captures with damage${hasCorpus ? '' : ` (skipped: ${CORPUS_MISSING})`}`, () => {
  test.each(files)('%s', (file) => {
    const octets = new Uint8Array(readFileSync(join(CORPUS, file))).subarray(0, MAX_BYTES);
    const mutator = new Mutator(SEED ^ file.length ^ octets.length);
    for (let i = 0; i < MUTATIONS; i++) {
      const inFile = decodeAll(mutator.damaged(octets, FILE_HEADER_BYTES));
      expect(harmIn(inFile), `file, ${i}`).toBeNull();
      const inPackets = decodeAll(octets, (record) => {
        if (mutator.draw(2) === 0) return;
        const packet = record.bytes.subarray(record.offset, record.offset + record.capturedBytes);
        record.bytes = mutator.damaged(packet, 34);
        record.offset = 0;
        record.capturedBytes = record.bytes.length;
        record.originalBytes = Math.max(record.originalBytes, record.capturedBytes);
      });
      expect(harmIn(inPackets), `packets, ${i}`).toBeNull();
    }
  });
});

describe('octets that a terminal would obey', () => {
  const sequences = Uint8Array.of(0x1b, 0x5b, 0x32, 0x4a, 7, 0x9b, 0x33, 0x31, 0x6d, 0xc2, 0x9b, 0x0d);
  const section = encodeSectionHeader('\u001b[2J');
  test('in every place of a packet', () => {
    for (let at = 0; at < 120; at++) {
      const packet = new Uint8Array(160).fill(0x20);
      packet.set([0x45, 0, 0, 160, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0xca, 0x6c, 0, 140]);
      packet.set(sequences, at);
      const parts = [
        section,
        encodeInterface(LINKTYPE_RAW, '\u001b[2J'),
        encodePacket(
          {
            bytes: packet,
            offset: 0,
            capturedBytes: 160,
            originalBytes: 160,
            seconds: 1,
            nanoseconds: 0,
            direction: null,
          },
          0,
          '\u001b[2J',
        ),
      ];
      const decoded = decodeAll(Buffer.concat(parts));
      expect(decoded.frames).toBe(1);
      expect(harmIn(decoded)).toBeNull();
    }
  });
});
