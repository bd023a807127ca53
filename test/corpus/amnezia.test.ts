/** AmneziaWG against WireGuard: captures of the corpus whose messages were put in a disguise give the same report. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AmneziaParameters } from '../../src/capture/amnezia/parameters.ts';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../src/capture/dissect/layer-stack.ts';
import { AeadDecrypter, DECRYPT_RESULT } from '../../src/capture/keys/batches/message-decrypter.ts';
import { Decrypter } from '../../src/capture/keys/decrypter.ts';
import { readKeyLog } from '../../src/capture/keys/files/read-key-log.ts';
import { KeyRing } from '../../src/capture/keys/key-ring.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import { WireguardAnalysis } from '../../src/capture/wireguard/analysis.ts';
import { nodeAead } from '../../src/crypto/aead-node.ts';
import { createPrimitives } from '../../src/crypto/primitives.ts';
import { parseKey } from '../../src/tunnel/keys.ts';
import { disguise } from '../support/amnezia.ts';
import { CORPUS, CORPUS_MISSING, corpusFiles, eachRecord, hasCorpus } from '../support/corpus.ts';
import { namesOf, recordOf } from '../support/packets.ts';

const S = [31, 17, 3, 12];
const H = [123_456_789, 923_456_789, 1_923_456_789, 3_123_456_789];
const parameters: AmneziaParameters = {
  prefixBytes: S,
  types: H.map((first) => ({ first, last: first + 50_000_000 })),
  junkBytes: { first: 40, last: 70 },
  signatureBytes: [1200],
  endpoints: [],
};

const p = createPrimitives(nodeAead);

/** Ethernet, IPv4 without options, UDP: as all frames of these captures have it. */
const HEADERS = { ip: 14, udp: 34, message: 42 };

/** The frame with its message in a disguise, and lengths that fit; what is no message stays as it is. */
function disguisedFrame(frame: Uint8Array, receivers: readonly Uint8Array[]): Uint8Array {
  const { ip, udp, message } = HEADERS;
  const type = frame[message] ?? 0;
  if (frame[ip + 9] !== 17 || type < 1 || type > 4 || frame.length < message + 32) return frame;
  const receiver = type <= 2 ? (receivers[type - 1] ?? null) : null;
  const changed = disguise(frame.slice(message), S[type - 1] ?? 0, (H[type - 1] ?? 0) + 4242, receiver);
  const result = Uint8Array.from([...frame.slice(0, message), ...changed]);
  const view = new DataView(result.buffer);
  view.setUint16(ip + 2, result.length - ip);
  view.setUint16(udp + 4, result.length - udp);
  return result;
}

const publicKeyOf = (scenario: string, name: string): Uint8Array => {
  const parsed = parseKey(readFileSync(join(CORPUS, 'generated', scenario, name), 'utf8').trim());
  return p.publicKey(parsed.ok ? parsed.key : new Uint8Array(32));
};

describe.skipIf(!hasCorpus)(`AmneziaWG${hasCorpus ? '' : ` (skipped: ${CORPUS_MISSING})`}`, () => {
  test.each([
    ['wg-lossy', 'outerA.pcap', 0],
    ['wg-lossy', 'outerB.pcap', 0],
    // The cookie is sealed with the mac1 that the message had before its disguise.
    ['wg-cookie', 'outerA.pcap', 1],
    ['wg-basic-psk', 'outerA.pcap', 0],
  ])('%s %s: what is counted, and what opens, is the same', (scenario, file, closed) => {
    const receivers = ['B', 'A'].map((end) => publicKeyOf(scenario, `../PRIVATE_KEY_${end}.testonly`));
    const log = readFileSync(join(CORPUS, 'generated', scenario, 'keys.A'), 'utf8');
    const [plain, hidden] = [false, true].map((isHidden) => {
      const dissector = new Dissector({ recogniser: new Recogniser(64, isHidden ? [parameters] : []) });
      const stack = createLayerStack();
      const analysis = new WireguardAnalysis();
      const ring = new KeyRing(p);
      readKeyLog(log, ring);
      const decrypter = new Decrypter(p, ring, new AeadDecrypter(nodeAead));
      let opened = 0;
      eachRecord(`generated/${scenario}/${file}`, (record) => {
        const frame = record.bytes.slice(record.offset, record.offset + record.capturedBytes);
        const { frame: number, seconds, nanoseconds } = record;
        const shown = isHidden ? disguisedFrame(frame, receivers) : frame;
        const changed = recordOf(shown, { frame: number, seconds, nanoseconds });
        dissector.dissect(changed, stack);
        analysis.add(changed, stack);
        const { results: openings, count, handshake } = decrypter.decrypt(stack);
        for (let i = 0; i < count; i++) if (openings[i] === DECRYPT_RESULT.decrypted) opened++;
        if (handshake?.result === DECRYPT_RESULT.decrypted) opened++;
      });
      const report = analysis.result();
      const peers = report?.peers.map(({ a, b, handshakes, sessions, a_to_b, b_to_a }) => {
        return { a, b, handshakes, sessions, delivery: [a_to_b.delivery, b_to_a.delivery] };
      });
      expect(report?.peers[0]?.kind).toBe(isHidden ? 'amneziawg' : 'wireguard');
      return { messages: report?.messages, opened, peers };
    });
    expect(hidden?.opened).toBeGreaterThan(20);
    expect(hidden).toEqual({ ...plain, opened: (plain?.opened ?? 0) - closed });
  });

  const negatives = corpusFiles().filter((file) => !/^(?:generated|wireguard|formats)\//.test(file));
  test.each(negatives)('%s: no message of AmneziaWG, and no junk, by chance', (file) => {
    const dissector = new Dissector({ recogniser: new Recogniser(1024, [parameters]) });
    const stack = createLayerStack();
    eachRecord(file, (record) => {
      dissector.dissect(record, stack);
      expect(stack.obfuscatedType).toBe(-1);
      expect(namesOf(stack)).not.toContain('amneziawg-junk');
    });
  });
});
