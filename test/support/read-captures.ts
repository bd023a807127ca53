/**
 * Reads capture files whole, for tests that look at all of it.
 *
 * @module
 */
import { CaptureReader } from '../../src/capture/file/capture-reader.ts';
import { type CaptureRecord, createCaptureRecord } from '../../src/capture/record.ts';

/** A record with a copy of its packet instead of where it was. */
export interface ReadPacket extends Omit<CaptureRecord, 'bytes' | 'offset'> {
  readonly packet: Uint8Array;
}

export interface ReadCapture {
  readonly packets: ReadPacket[];
  readonly reader: CaptureReader;
}

export function copyOf({ bytes, offset, ...record }: CaptureRecord): ReadPacket {
  return { ...record, packet: bytes.slice(offset, offset + record.capturedBytes) };
}

/** Each chunk is overwritten once the reader has asked for more, as a driver may do that reuses its buffer. */
export function readChunks(chunks: Iterable<Uint8Array>): ReadCapture {
  const reader = new CaptureReader();
  const record = createCaptureRecord();
  const packets: ReadPacket[] = [];
  const drain = (): void => {
    while (reader.next(record) === 'record') packets.push(copyOf(record));
  };
  for (const chunk of chunks) {
    const lent = chunk.slice();
    reader.push(lent);
    drain();
    lent.fill(0xee);
  }
  reader.finish();
  drain();
  return { packets, reader };
}

/** What a reading tells, to compare. */
export function told({ packets, reader }: ReadCapture): unknown {
  return { packets, facts: reader.facts, fault: reader.fault };
}
