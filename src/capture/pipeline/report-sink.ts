/**
 * Counts the packets of a capture for its report.
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
import type { ToldPorts } from '../ports/told-ports.ts';
import type { Recogniser } from '../recognise/recogniser.ts';
import type { CaptureRecord } from '../record.ts';
import type { CaptureSummary } from '../summary.ts';
import type { WireguardObserver } from '../wireguard/events.ts';
import type { DecryptStage } from './decrypt-stage.ts';
import type { PacketSink } from './packet-sink.ts';

export interface CaptureReport {
  readonly document: CaptureDocument;
  /** What the document has too, in the shapes that its text is drawn from. */
  readonly summary: CaptureSummary;
}

export interface ReportSinkOptions {
  /** Name of the capture in the document. */
  readonly name: string;
  readonly reader: CaptureReader;
  /** Of the dissector. */
  readonly recogniser: Recogniser;
  readonly told: ToldPorts;
  /** Is told what happens in WireGuard tunnels, packet by packet; `null`: nobody is. */
  readonly observer: WireguardObserver | null;
}

export class ReportSink implements PacketSink {
  /** Decrypted packets are not part of what the wire had. */
  readonly wantsInner = false;
  readonly innerTunnels: InnerTunnels;
  readonly #options: ReportSinkOptions;
  readonly #analysis: CaptureAnalysis;
  #started: { readonly seconds: number; readonly nanoseconds: number } | null = null;

  constructor(options: ReportSinkOptions) {
    this.#options = options;
    this.#analysis = new CaptureAnalysis(options.recogniser, options.observer);
    this.innerTunnels = new InnerTunnels(options.told);
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

  /** The report of all packets so far. @param decryption - `null`: there were no keys */
  report(decryption: DecryptStage | null): CaptureReport {
    const { name, reader, told } = this.#options;
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
      decodeAs: told.words,
    });
    return { document, summary };
  }
}
