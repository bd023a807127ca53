/**
 * `winze decode --packets`: packets as lines of text, which are passed on in large pieces.
 *
 * @module
 */
import type { DecryptedPacket } from '../../capture/keys/decrypter.ts';
import type { ClientHello } from '../../capture/quic/client-hello.ts';
import { ClientHellos } from '../../capture/quic/client-hellos.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import type { QuicCrypto } from '../../core/quic-crypto.ts';
import type { CaptureWriter } from '../text/report-writer.ts';
import type { CaptureView } from './capture-view.ts';
import { decryptedPart } from './lines/line-decrypted.ts';
import { helloPart } from './lines/line-hello.ts';
import { LineWriter } from './lines/line-writer.ts';
import { type PacketLineOptions, PacketPrinter } from './lines/packet-lines.ts';

/** What is printed of each packet. */
export interface PacketViewOptions extends PacketLineOptions {
  /** Decrypts the Initial packets of QUIC, whose ClientHello is printed if `verbose`. */
  readonly quicCrypto: QuicCrypto;
}

/** Text is passed on when there is this much of it. */
const FLUSH_BYTES = 64 * 1024;
const BUFFER_BYTES = 2 * FLUSH_BYTES;

/** Creates the sink that prints packets as lines. Lines are passed on in pieces of 64 KiB. */
export function createPacketView(options: PacketViewOptions, output: CaptureWriter): CaptureView {
  const out = new LineWriter();
  /** Buffers that were written and can be used again. A new buffer for each piece would take a fifth of the time. */
  const spare: Uint8Array<ArrayBuffer>[] = [];
  const printer = new PacketPrinter(out, options);
  const hellos = options.verbose ? new ClientHellos(options.quicCrypto) : null;
  const flush = (): void => {
    if (out.length === 0) return;
    const piece = out.take(spare.pop() ?? new Uint8Array(BUFFER_BYTES));
    output.writeBytes(piece, () => void spare.push(new Uint8Array(piece.buffer)));
  };
  return {
    takeKnown: () => false,
    take: (record, stack, opened) => {
      const hello = hellos?.read(stack) ?? null;
      const hasNote = opened !== null || hello !== null;
      printer.print(record, stack, hasNote ? (line) => notePart(line, record, opened, hello) : null);
      if (out.length >= FLUSH_BYTES) flush();
    },
    wantsInner: true,
    takeInner: (record, stack) => {
      const hello = hellos?.read(stack) ?? null;
      printer.printInner(record, stack, hello && ((line) => helloPart(line, hello)));
    },
    innerTunnels: null,
    onPause: flush,
    drained: () => output.drained(),
    printEnd: flush,
  };
}

/** What the keys tell of a packet, and its QUIC ClientHello. */
function notePart(
  line: LineWriter,
  record: CaptureRecord,
  opened: DecryptedPacket | null,
  hello: ClientHello | null,
): void {
  if (opened !== null) decryptedPart(line, record, opened);
  if (hello !== null) helloPart(line, hello);
}
