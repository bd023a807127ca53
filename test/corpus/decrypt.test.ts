/** Messages opened with keys, against what the tunnel interface had, octet by octet. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack, offsetAt } from '../../src/capture/dissect/layer-stack.ts';
import { CaptureReader } from '../../src/capture/file/capture-reader.ts';
import { DECRYPT_RESULT } from '../../src/capture/keys/batches/message-decrypter.ts';
import { Decrypter } from '../../src/capture/keys/decrypter.ts';
import { readKeyLog } from '../../src/capture/keys/files/read-key-log.ts';
import type { HandshakeFacts } from '../../src/capture/keys/handshake-decrypter.ts';
import { KeyRing } from '../../src/capture/keys/key-ring.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import { createCaptureRecord } from '../../src/capture/record.ts';
import { loadCaptureCrypto } from '../../src/run/capture/capture-crypto.ts';
import { formatKey, parseKey } from '../../src/tunnel/keys.ts';
import { innerLength } from '../../src/wire/ip.ts';
import { CORPUS, CORPUS_MISSING, eachRecord, hasCorpus } from '../support/corpus.ts';

const { primitives: p, messageDecrypter: opener } = loadCaptureCrypto();
const read = (file: string): string => readFileSync(join(CORPUS, file), 'utf8');

interface Result {
  /** Plaintexts without padding, in the order of the capture. */
  readonly inner: Uint8Array[];
  readonly keepalives: number;
  /** Messages by what became of them. */
  readonly openings: number[];
  readonly handshakes: { readonly facts: HandshakeFacts; readonly message: Uint8Array; readonly seconds: number }[];
}

/** @param withSecrets - take the keys that the file has */
function decrypt(file: string, keys: string | KeyRing, withSecrets = false): Result {
  const ring = typeof keys === 'string' ? new KeyRing(p) : keys;
  if (typeof keys === 'string') expect(readKeyLog(keys, ring).problems).toEqual([]);
  const decrypter = new Decrypter(p, ring, opener);
  const dissector = new Dissector({ recogniser: new Recogniser(256) });
  const stack = createLayerStack();
  const result = {
    inner: [] as Uint8Array[],
    keepalives: 0,
    openings: [] as number[],
    handshakes: [] as Result['handshakes'],
  };
  const reader = new CaptureReader();
  const record = createCaptureRecord();
  reader.push(readFileSync(join(CORPUS, file)));
  reader.finish();
  let taken = 0;
  while (reader.next(record) === 'record') {
    const { secrets } = reader.facts;
    for (; withSecrets && taken < secrets.length; taken++) {
      readKeyLog(new TextDecoder().decode(secrets[taken]?.bytes), ring);
    }
    dissector.dissect(record, stack);
    const opened = decrypter.decrypt(stack);
    if (opened.handshake !== null) {
      const at = offsetAt(stack, stack.count - 1);
      const message = stack.bytes.slice(at, at + (stack.capturedBytes[stack.count - 1] ?? 0));
      result.handshakes.push({ facts: opened.handshake, message, seconds: record.seconds ?? 0 });
    }
    for (let i = 0; i < opened.count; i++) {
      const opening = opened.results[i] ?? 0;
      result.openings[opening] = (result.openings[opening] ?? 0) + 1;
      if (opening !== DECRYPT_RESULT.decrypted) continue;
      const at = opened.offsets[i] ?? 0;
      const length = innerLength(opened.bytes, at, opened.lengths[i] ?? 0);
      if (length < 0) result.keepalives++;
      else result.inner.push(opened.bytes.slice(at, at + length));
    }
  }
  return result;
}

/** The packets of the tunnel interface, each with how often it was there. */
function interfacePackets(file: string): Map<string, number> {
  const counts = new Map<string, number>();
  eachRecord(file, ({ bytes, offset, capturedBytes }) => {
    const text = Buffer.from(bytes.subarray(offset, offset + capturedBytes)).toString('hex');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  });
  return counts;
}

/** Packets that the interface did not have, and those that were more often in the tunnel. */
function compare(inner: readonly Uint8Array[], file: string): { readonly surplus: number; readonly strangers: number } {
  const there = interfacePackets(file);
  let surplus = 0;
  let strangers = 0;
  for (const packet of inner) {
    const text = Buffer.from(packet).toString('hex');
    const left = there.get(text);
    if (left === undefined) strangers++;
    else if (left === 0) surplus++;
    else there.set(text, left - 1);
  }
  return { surplus, strangers };
}

describe.skipIf(!hasCorpus)(
  hasCorpus ? 'captures of wireguard-go, with the keys of either end' : CORPUS_MISSING,
  () => {
    test.each([
      // The last column: copies that the network made, which the interface does not have.
      ['wg-basic-psk', 1329, 1325, 0],
      ['wg-v6outer', 153, 153, 0],
      ['wg-cookie', 24, 24, 0],
      ['wg-blackhole', 61, 60, 0],
      ['wg-lossy', 5479, 5478, 21],
    ])(
      '%s: %i messages open, %i packets in them, and the tunnel interface had them',
      (folder, messages, packets, copies) => {
        for (const end of ['A', 'B']) {
          const result = decrypt(`generated/${folder}/outerA.pcap`, read(`generated/${folder}/keys.${end}`));
          expect(result.openings).toEqual([messages]);
          expect(result.inner.length).toBe(packets);
          expect(result.inner.length + result.keepalives).toBe(messages);
          expect(compare(result.inner, `generated/${folder}/innerA.pcap`)).toEqual({ surplus: copies, strangers: 0 });
        }
      },
    );

    test.each(['A', 'B'])('wg-retry: the four initiations, one response and 60 data messages that %s saw', (end) => {
      const { openings, handshakes } = decrypt(
        `generated/wg-retry/outer${end}.pcap`,
        read(`generated/wg-retry/keys.${end}`),
      );
      expect([openings, handshakes.map(({ facts }) => facts.result)]).toEqual([[60], [0, 0, 0, 0, 0]]);
    });

    test.each(['wg-basic-psk', 'wg-cookie', 'wg-v6outer'])('%s/outerA-dsb.pcapng has its keys with it', (folder) => {
      const { openings } = decrypt(`generated/${folder}/outerA-dsb.pcapng`, '', true);
      expect(openings).toEqual(decrypt(`generated/${folder}/outerA.pcap`, read(`generated/${folder}/keys.A`)).openings);
      expect(decrypt(`generated/${folder}/outerA-dsb.pcapng`, '').openings[DECRYPT_RESULT.decrypted]).toBeUndefined();
    });

    test('the cookie of wg-cookie makes the mac2 of the next initiation', () => {
      const { handshakes } = decrypt('generated/wg-cookie/outerA.pcap', read('generated/wg-cookie/keys.A'));
      const [, reply, second] = handshakes;
      const cookie = reply?.facts.cookie ?? new Uint8Array(16);
      const message = second?.message ?? new Uint8Array(148);
      expect([...p.mac(cookie, message.subarray(0, 132))]).toEqual([...message.subarray(132)]);
    });

    test.each(['A', 'B'])(
      'the private key of %s alone reads what is addressed to it: who initiates, and its clock',
      (end) => {
        const ring = new KeyRing(p);
        const key = parseKey(read(`generated/PRIVATE_KEY_${end}.testonly`).trim());
        if (key.ok) ring.addStaticPrivate(key.key);
        const { handshakes, openings } = decrypt('generated/wg-basic-psk/outerA.pcap', ring);
        const other = parseKey(read(`generated/PRIVATE_KEY_${end === 'A' ? 'B' : 'A'}.testonly`).trim());
        const initiations = handshakes.filter(({ message }) => message[0] === 1 && message.length === 148);
        const read_ = initiations.filter(({ facts }) => facts.result === DECRYPT_RESULT.decrypted);
        // Both handshakes of that capture were initiated by one end.
        expect(read_.length === 0 || read_.length === initiations.length).toBe(true);
        for (const { facts, seconds } of read_) {
          expect(formatKey(facts.initiator?.publicKey ?? new Uint8Array(32))).toBe(
            other.ok && formatKey(p.publicKey(other.key)),
          );
          expect(Math.abs(secondsOf(facts.timestamp) - seconds)).toBeLessThan(1);
        }
        expect(openings[DECRYPT_RESULT.decrypted]).toBeUndefined();
        expect(openings[read_.length > 0 ? DECRYPT_RESULT.noEphemeral : DECRYPT_RESULT.otherPeers]).toBe(1329);
      },
    );

    test('a capture that begins after the handshake, and one of another tunnel: each with its reason', () => {
      const gso = decrypt('generated/udp-gso/sender.pcap', read('generated/wg-basic-psk/keys.A'));
      expect(gso.openings[DECRYPT_RESULT.noHandshake]).toBe(105);
      const others = decrypt('wireguard/wireguard-ping-tcp.pcap', read('generated/wg-basic-psk/keys.A'));
      expect(others.openings[DECRYPT_RESULT.otherPeers]).toBe(18);
    });
  },
);

/** TAI64N (https://cr.yp.to/libtai/tai64.html) as seconds since 1970. */
function secondsOf(timestamp: Uint8Array | null): number {
  if (timestamp === null) return 0;
  const view = new DataView(timestamp.buffer, timestamp.byteOffset);
  return Number(view.getBigUint64(0) - 2n ** 62n) - 10 + view.getUint32(8) / 1e9;
}

const FORMATS = join(CORPUS, 'generated/formats');
const variants = hasCorpus ? readdirSync(FORMATS).filter((name) => /\.pcap/.test(name)) : [];
/** Those that do not have all 40 frames whole. */
const CUT = /^(bad|trunc|snap|iplen0)|^ng-(bad|epb-bad|no-idb|trunc|two-sections)/;

describe.skipIf(!hasCorpus)('variants of one capture', () => {
  test.each(variants.filter((name) => !CUT.test(name)))('%s: all 38 messages of data open', (name) => {
    const { openings, handshakes, inner, keepalives } = decrypt(
      `generated/formats/${name}`,
      read('generated/formats/keys'),
    );
    const ofVersion = (version: number): number => inner.filter(([first = 0]) => first >> 4 === version).length;
    expect([openings, handshakes.length, keepalives, ofVersion(4), ofVersion(6)]).toEqual([[38], 2, 1, 33, 4]);
  });

  test.each(['snap58.pcap', 'snap96.pcap'])('%s: nothing opens, because messages were cut', (name) => {
    const { openings } = decrypt(`generated/formats/${name}`, read('generated/formats/keys'));
    expect(openings[DECRYPT_RESULT.cut]).toBe(38);
  });
});

/** Lengths of the packets inside, as TShark 4.0.17 prints them for these captures and keys. */
const PING_TCP = [40, 40, 44, 59, 59, 60, 75, 84, 84, 84, 84, 84, 84, 87, 256, 1420];

describe.skipIf(!hasCorpus)("Wireshark's own cases", () => {
  test.each([
    ['wireguard-ping-tcp.initiator.keys', 'Igge9KzRytKNwrgkzDE/8hrLu6Ly0OqVdvOPWhA5KR4='],
    ['wireguard-ping-tcp.responder.keys', 'Igge9KzRytKNwrgkzDE/8hrLu6Ly0OqVdvOPWhA5KR4='],
  ])('wireguard-ping-tcp.pcap with %s', (keys, initiator) => {
    const { inner, keepalives, openings, handshakes } = decrypt(
      'wireguard/wireguard-ping-tcp.pcap',
      read(`wireguard/${keys}`),
    );
    expect(inner.map(({ length }) => length).sort((a, b) => a - b)).toEqual(PING_TCP);
    expect([keepalives, openings]).toEqual([2, [18]]);
    const facts = handshakes[0]?.facts;
    expect(formatKey(facts?.initiator?.publicKey ?? new Uint8Array(32))).toBe(initiator);
    // TShark prints the label as it is, 22:38:51.356537872: TAI, which WireGuard takes to be 10 s ahead of UTC.
    expect(secondsOf(facts?.timestamp ?? null)).toBeCloseTo(1_532_126_321.356_537, 5);
  });

  test('wireguard-ping-tcp-dsb.pcapng has the keys with it', () => {
    expect(decrypt('wireguard/wireguard-ping-tcp-dsb.pcapng', '', true).openings).toEqual([18]);
  });

  test('ndpi-wireguard.pcap: another session goes on around it, and stays closed', () => {
    const keys = read('wireguard/wireguard-ping-tcp.initiator.keys');
    const { inner, openings } = decrypt('wireguard/ndpi-wireguard.pcap', keys);
    expect(inner.map(({ length }) => length).sort((a, b) => a - b)).toEqual(PING_TCP);
    expect([openings[DECRYPT_RESULT.decrypted], openings[DECRYPT_RESULT.noHandshake]]).toEqual([18, 30]);
  });

  const responderOnly = 'cFIxTUyBs1Qil414hBwEgvasEax8CKJ5IS5ZougplWs=';
  const initiatorEphemeral = 'sLGLJSOQfyz7JNJ5ZDzFf3Uz1rkiCMMjbWerNYcPFFU=';
  const responderPublic = 'YDCttCs9e1J52/g9vEnwJJa+2x6RqaayAYMpSVQfGEY=';
  test.each([
    ["the responder's private key", `LOCAL_STATIC_PRIVATE_KEY = ${responderOnly}`, true, true],
    [
      "the initiator's ephemeral key",
      `REMOTE_STATIC_PUBLIC_KEY = ${responderPublic}\nLOCAL_EPHEMERAL_PRIVATE_KEY = ${initiatorEphemeral}`,
      true,
      false,
    ],
    ["the responder's public key", `REMOTE_STATIC_PUBLIC_KEY = ${responderPublic}`, false, false],
  ])('an initiation with %s alone', (_, keys, hasStatic, hasTimestamp) => {
    const [first] = decrypt('wireguard/wireguard-ping-tcp.pcap', keys).handshakes;
    expect(formatKey(first?.facts.responder?.publicKey ?? new Uint8Array(32))).toBe(responderPublic);
    expect([first?.facts.initiator != null, first?.facts.timestamp != null]).toEqual([hasStatic, hasTimestamp]);
  });

  test('key bits that X25519 ignores may differ, and blanks may stand before a line', () => {
    const keys = read('wireguard/wireguard-ping-tcp.initiator.keys').replace(/LOCAL_\w+KEY = (\S+)/g, (line, key) => {
      const parsed = parseKey(key);
      if (!parsed.ok) throw new Error('no key');
      const [first = 0] = parsed.key;
      return `  ${line.replace(key, formatKey(parsed.key.with(0, first ^ 7)))}\r`;
    });
    expect(decrypt('wireguard/wireguard-ping-tcp.pcap', keys).openings).toEqual([18]);
  });

  const psk = hasCorpus ? read('wireguard/wireguard-psk.initiator.keys') : '';
  const opened = (keys: string): number[] =>
    decrypt('wireguard/wireguard-psk.pcap', keys).handshakes.map(({ facts }) => facts.result);

  test('wireguard-psk.pcap: two handshakes, each end initiating one', () => {
    expect(opened(psk)).toEqual([0, 0, 0, 0]);
  });

  test('wireguard-psk.pcap: the first of several preshared keys of one ephemeral key need not fit', () => {
    const dummy = formatKey(new Uint8Array(32).fill(7));
    const lines = psk.replace(/^(LOCAL_EPHEMERAL.*)$/gm, `$1\nPRESHARED_KEY = ${dummy}\n$1`);
    expect(opened(lines)).toEqual([0, 0, 0, 0]);
  });

  test('wireguard-psk.pcap: preshared keys before their ephemeral keys belong to others', () => {
    const rows = psk.trim().split('\n');
    const swapped = [rows[0], rows[1], rows[3], rows[2], rows[5], rows[4]].join('\n');
    // The first belongs to nobody, the second to the first ephemeral key.
    expect(readKeyLog(swapped, new KeyRing(p)).problems.map(({ line }) => line)).toEqual([3]);
    const results = decrypt('wireguard/wireguard-psk.pcap', ringOf(swapped)).handshakes.map(
      ({ facts }) => facts.result,
    );
    expect(results).toEqual([0, DECRYPT_RESULT.noPreshared, 0, DECRYPT_RESULT.noPreshared]);
  });
});

function ringOf(keys: string): KeyRing {
  const ring = new KeyRing(p);
  readKeyLog(keys, ring);
  return ring;
}
