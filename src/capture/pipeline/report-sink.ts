/**
 * A sink that makes the report on a capture.
 *
 * @module
 */

import { VERSION } from '../../core/version.ts';
import { CaptureAnalysis } from '../capture-analysis.ts';
import type { LayerStack } from '../dissect/layer-stack.ts';
import { captureDocument } from '../document.ts';
import type { CaptureDocument } from '../documents/capture-report.ts';
import type { CaptureReader } from '../file/capture-reader.ts';
import { decryptionReport } from '../keys/decryption-report.ts';
import { InnerTunnels } from '../keys/inner-tunnels.ts';
import type { DecodeAsRules } from '../ports/decode-as-rules.ts';
import type { Recogniser } from '../recognise/recogniser.ts';
import type { CaptureRecord } from '../record.ts';
import type { CaptureSummary } from '../summary.ts';
import type { WireguardObserver } from '../wireguard/events.ts';
import type { DecryptStage } from './decrypt-stage.ts';
import type { PacketSink } from './packet-sink.ts';

/** The report on a capture. */
export interface CaptureReport {
  readonly document: CaptureDocument;
  /** Contents of the document in the form that the text report needs. */
  readonly summary: CaptureSummary;
}

/** What a report needs besides the packets. */
export interface ReportSinkOptions {
  /** Name of the capture in the document. */
  readonly name: string;
  readonly reader: CaptureReader;
  /** The one that the dissector uses. */
  readonly recogniser: Recogniser;
  readonly decodeAs: DecodeAsRules;
  /** Is called for each event of a WireGuard tunnel; `null` if events are not needed. */
  readonly observer: WireguardObserver | null;
}

/** Counts packets in a `CaptureAnalysis`, and makes the report from it. */
export class ReportSink implements PacketSink {
  /** The report counts packets on the wire. Decrypted ones are only searched for tunnels. */
  readonly wantsInner = false;
  readonly innerTunnels: InnerTunnels;
  readonly #options: ReportSinkOptions;
  readonly #analysis: CaptureAnalysis;
  #started: { readonly seconds: number; readonly nanoseconds: number } | null = null;

  constructor(options: ReportSinkOptions) {
    this.#options = options;
    this.#analysis = new CaptureAnalysis(options.recogniser, options.observer);
    this.innerTunnels = new InnerTunnels(options.decodeAs);
  }

  takeKnown(record: CaptureRecord): boolean {
    return this.#analysis.addKnown(record);
  }

  take(record: CaptureRecord, stack: LayerStack): void {
    if (this.#started === null && record.seconds !== null) {
      this.#started = { seconds: record.seconds, nanoseconds: record.nanoseconds };
    }
    this.#analysis.add(record, stack);
  }

  takeInner(): void {}

  /** The report on all packets so far. @param decryption - `null` without keys */
  report(decryption: DecryptStage | null): CaptureReport {
    const { name, reader, decodeAs } = this.#options;
    const { summary, wireguard } = this.#analysis.result();
    const counts = decryption?.counts() ?? null;
    const document = captureDocument({
      name,
      version: VERSION,
      facts: reader.facts,
      fault: reader.fault,
      summary,
      wireguard,
      decryption: counts && decryptionReport(counts, this.innerTunnels.report()),
      started: this.#started,
      decodeAs: decodeAs.words,
    });
    return { document, summary };
  }
}
