/** The ClientHello of QUIC: what TShark 4.0.17 has as `tls.handshake.extensions_server_name` and `…_alpn_str`. */
import { describe, expect, test } from 'vitest';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../src/capture/dissect/layer-stack.ts';
import { ClientHellos } from '../../src/capture/quic/client-hellos.ts';
import { quicCrypto } from '../../src/crypto/quic-crypto.ts';
import { CORPUS_MISSING, eachRecord, hasCorpus } from '../support/corpus.ts';

const text = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');

describe.skipIf(!hasCorpus)(`names in QUIC${hasCorpus ? '' : ` (skipped: ${CORPUS_MISSING})`}`, () => {
  test.each([
    ['quic/zeek-quic-go-zerortt.pcap', [5, 16], 'server4:443', 'hq-interop'],
    // Frames 2 and 3 send the octets of frame 1 once more, which TShark does not show again.
    ['quic/zeek-quicv2-echo-443.pcap', [1, 2, 3], 'localhost', 'quic-echo-example'],
  ])('%s', (file, frames, serverName, protocol) => {
    const dissector = new Dissector();
    const stack = createLayerStack();
    const hellos = new ClientHellos(quicCrypto);
    const found: unknown[] = [];
    eachRecord(file, (record) => {
      dissector.dissect(record, stack);
      const hello = hellos.read(stack);
      if (hello === null) return;
      found.push([record.frame, hello.serverName && text(hello.serverName), hello.protocols.map(text)]);
    });
    expect(found).toEqual(frames.map((frame) => [frame, serverName, [protocol]]));
  });
});
