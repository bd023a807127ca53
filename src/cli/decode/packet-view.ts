/**
 * `winze decode --packets`: packets as lines of text, which are passed on in large pieces.
 *
 * @module
 */
import type { Opened } from '../../capture/keys/decrypter.ts';
import type { ClientHello } from '../../capture/quic/client-hello.ts';
import { ClientHellos } from '../../capture/quic/client-hellos.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import { quicCrypto } from '../../crypto/quic-crypto.ts';
import { helloPart } from '../../report/decode/lines/line-hello.ts';
import { openedPart } from '../../report/decode/lines/line-opened.ts';
import { LineWriter } from '../../report/decode/lines/line-writer.ts';
import { PacketPrinter } from '../../report/decode/lines/packet-lines.ts';
import type { Output } from '../terminal/output.ts';
import type { View } from './view.ts';

/** What `--packets` prints of each packet. */
export interface PacketViewOptions {
  readonly verbose?: true;
  readonly hex?: true;
  readonly utc?: true;
}

/** Text is passed on when there is this much of it. */
const FLUSH_BYTES = 64 * 1024;
const BUFFER_BYTES = 2 * FLUSH_BYTES;

/** Creates the sink that prints packets as lines. Lines are passed on in pieces of 64 KiB. */
export function createPacketView({ verbose, hex, utc }: PacketViewOptions, output: Output): View {
  const out = new LineWriter();
  /** Buffers that were written and can be used again. A new buffer for each piece would take a fifth of the time. */
  const spare: Uint8Array<ArrayBuffer>[] = [];
  const utcOffsetS = utc ? () => 0 : (seconds: number) => -60 * new Date(seconds * 1000).getTimezoneOffset();
  const printer = new PacketPrinter(out, { verbose: verbose === true, hex: hex === true, utcOffsetS });
  const hellos = verbose ? new ClientHellos(quicCrypto) : null;
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
function notePart(line: LineWriter, record: CaptureRecord, opened: Opened | null, hello: ClientHello | null): void {
  if (opened !== null) openedPart(line, record, opened);
  if (hello !== null) helloPart(line, hello);
}
