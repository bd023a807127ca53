/**
 * Lines of TCP, as `tcpdump -nn -S` writes them. Sequence numbers are absolute, because the capture may not have the
 * begin of the connection.
 *
 * @module
 */

import { offsetAt, payloadWireBytes } from '../../../capture/dissect/layer-stack.ts';
import {
  readAcknowledgment,
  readSequence,
  readTcpFlags,
  readUrgentPointer,
  readWindow,
  TCP_FLAG,
  TCP_HEADER_BYTES,
} from '../../../capture/layers/transport/tcp.ts';
import { readU16be, readU32be } from '../../../core/bytes.ts';
import { isLast, type LinePart } from './line-part.ts';
import type { LineWriter } from './line-writer.ts';

const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [TCP_FLAG.fin, 'F'],
  [TCP_FLAG.syn, 'S'],
  [TCP_FLAG.rst, 'R'],
  [TCP_FLAG.psh, 'P'],
  [TCP_FLAG.urg, 'U'],
  [TCP_FLAG.ece, 'E'],
  [TCP_FLAG.cwr, 'W'],
  [TCP_FLAG.ack, '.'],
];
/** The text of each combination of flags. */
const FLAG_WORDS = Array.from({ length: 256 }, (_, flags) => {
  const letters = FLAG_LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  return `Flags [${letters.length === 0 ? 'none' : letters.join('')}]`;
});

/** Prints flags, sequence numbers, window, options and payload length of a segment (RFC 9293 §3.1). */
export const tcpPart: LinePart = (out, stack, i) => {
  const at = offsetAt(stack, i);
  const { bytes } = stack;
  const headerBytes = stack.headerBytes[i] ?? 0;
  if (headerBytes < TCP_HEADER_BYTES) {
    // An ICMP error may quote the first 8 octets only: ports and sequence number (RFC 792).
    out.text('TCP, seq ').number(readSequence(bytes, at));
    return;
  }
  const flags = readTcpFlags(bytes, at);
  const payloadBytes = Math.max(payloadWireBytes(stack, i), 0);
  const sequence = readSequence(bytes, at);
  out.text(FLAG_WORDS[flags] ?? '');
  if (payloadBytes > 0)
    out
      .text(', seq ')
      .number(sequence)
      .text(':')
      .number((sequence + payloadBytes) >>> 0);
  else if ((flags & (TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst)) !== 0) out.text(', seq ').number(sequence);
  if ((flags & TCP_FLAG.ack) !== 0) out.text(', ack ').number(readAcknowledgment(bytes, at));
  out.text(', win ').number(readWindow(bytes, at));
  if ((flags & TCP_FLAG.urg) !== 0) out.text(', urg ').number(readUrgentPointer(bytes, at));
  if (headerBytes > TCP_HEADER_BYTES) options(out, bytes, at + TCP_HEADER_BYTES, at + headerBytes);
  out.text(', length ').number(payloadBytes);
  if (!isLast(stack, i)) out.text(': ');
};

/** Prints the list of options (RFC 9293 §3.1, RFC 7323, RFC 2018). */
function options(out: LineWriter, bytes: Uint8Array, start: number, end: number): void {
  out.text(', options [');
  let isFirst = true;
  for (let at = start; at < end; ) {
    const kind = bytes[at] ?? 0;
    if (!isFirst) out.text(',');
    isFirst = false;
    if (kind === 0) {
      out.text('eol');
      break;
    }
    if (kind === 1) {
      out.text('nop');
      at++;
      continue;
    }
    const length = at + 1 < end ? (bytes[at + 1] ?? 0) : 0;
    if (length < 2 || at + length > end) {
      out.text('bad opt');
      break;
    }
    option(out, bytes, at, kind, length);
    at += length;
  }
  out.text(']');
}

function option(out: LineWriter, bytes: Uint8Array, at: number, kind: number, length: number): void {
  if (kind === 2 && length === 4) out.text('mss ').number(readU16be(bytes, at + 2));
  else if (kind === 3 && length === 3) out.text('wscale ').number(bytes[at + 2] ?? 0);
  else if (kind === 4 && length === 2) out.text('sackOK');
  else if (kind === 5 && length % 8 === 2) {
    out
      .text('sack ')
      .number((length - 2) / 8)
      .text(' ');
    for (let block = at + 2; block < at + length; block += 8) {
      out
        .text('{')
        .number(readU32be(bytes, block))
        .text(':')
        .number(readU32be(bytes, block + 4))
        .text('}');
    }
  } else if (kind === 8 && length === 10) {
    out
      .text('TS val ')
      .number(readU32be(bytes, at + 2))
      .text(' ecr ')
      .number(readU32be(bytes, at + 6));
  } else {
    out.text('opt-').number(kind);
    if (length > 2) out.text(':').hexOctets(bytes, at + 2, length - 2);
  }
}
