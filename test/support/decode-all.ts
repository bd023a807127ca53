/**
 * All that `winze decode` makes of a capture, one after the other.
 *
 * @module
 */

import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../src/capture/dissect/layer-stack.ts';
import { captureDocument } from '../../src/capture/document.ts';
import type { CaptureDocument } from '../../src/capture/documents/capture-report.ts';
import { CaptureReader } from '../../src/capture/file/capture-reader.ts';
import { type CaptureRecord, createCaptureRecord } from '../../src/capture/record.ts';
import { LineWriter } from '../../src/report/decode/lines/line-writer.ts';
import { PacketPrinter } from '../../src/report/decode/lines/packet-lines.ts';
import { captureStreamEvent } from '../../src/report/decode/report-json.ts';
import { captureReportText } from '../../src/report/decode/report-text.ts';
import { summaryText } from '../../src/report/decode/summary-text.ts';
import { formatDocument } from '../../src/report/json.ts';
import { streamLine } from '../../src/report/stream/stream-line.ts';
import { BothWays } from './both-ways.ts';

export interface Decoded {
  /** What `--packets -v -x` prints, and then the report. */
  readonly text: string;
  readonly json: string;
  readonly document: CaptureDocument;
  readonly frames: number;
}

/** Flows that are remembered, as many as `winze decode` does. */
const FLOWS = 65_536;

/** @param change - what happens to a packet before it is looked at */
export function decodeAll(octets: Uint8Array, change: (record: CaptureRecord) => void = () => undefined): Decoded {
  const reader = new CaptureReader();
  const record = createCaptureRecord();
  const dissector = new Dissector();
  const stack = createLayerStack();
  const out = new LineWriter();
  const printer = new PacketPrinter(out, { verbose: true, hex: true, utcOffsetS: () => 0 });
  const ways = new BothWays(FLOWS);
  const handle = (): void => {
    while (reader.next(record) === 'record') {
      change(record);
      dissector.dissect(record, stack);
      printer.print(record, stack);
      ways.add(record);
    }
  };
  reader.push(octets);
  handle();
  reader.finish();
  handle();
  const { facts, fault } = reader;
  const counts = ways.result();
  const document = captureDocument({ name: 'x', version: '0', facts, fault, ...counts, started: null });
  const lines = new TextDecoder().decode(out.take());
  const report = captureReportText(document.wireguard, document.findings);
  return {
    text: `${lines}${summaryText('x', counts.summary, { report })}`,
    json: `${ways.events.map((event) => streamLine(captureStreamEvent(event))).join('')}${formatDocument(document)}`,
    document,
    frames: reader.frames,
  };
}
