/**
 * What `winze decode` does with packets when it is not to print them: a report, as text or as JSON.
 *
 * @module
 */
import { CaptureAnalysis } from '../../capture/capture-analysis.ts';
import { captureDocument } from '../../capture/document.ts';
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import type { LayerStack } from '../../capture/layer-stack.ts';
import type { Recogniser } from '../../capture/recognise/recogniser.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import type { CaptureSummary } from '../../capture/summary.ts';
import type { WireguardEvent } from '../../capture/wireguard/events.ts';
import type { DecryptionReport } from '../../core/capture-keys.ts';
import type { CaptureDocument } from '../../core/capture-report.ts';
import { VERSION } from '../../core/version.ts';
import { captureDocumentLine, captureDocumentText, captureEventLine } from '../../report/decode/report-json.ts';
import { captureReportText } from '../../report/decode/report-text.ts';
import { summaryText } from '../../report/decode/summary-text.ts';
import type { Output } from '../output.ts';
import { quoted } from '../usage.ts';

export interface ReportOptions {
  readonly json?: true;
  readonly jsonStream?: true;
}

/** Lines of events are handed on in pieces of this many characters. */
const FLUSH_CHARACTERS = 64 * 1024;

/** The report of one capture. */
export class ReportView {
  readonly #options: ReportOptions;
  readonly #output: Output;
  readonly #file: string;
  readonly #reader: CaptureReader;
  readonly #analysis: CaptureAnalysis;
  #started: { readonly seconds: number; readonly nanoseconds: number } | null = null;
  #lines = '';

  constructor(options: ReportOptions, output: Output, file: string, reader: CaptureReader, recogniser: Recogniser) {
    this.#options = options;
    this.#output = output;
    this.#file = file;
    this.#reader = reader;
    this.#analysis = new CaptureAnalysis(recogniser, options.jsonStream ? (event) => this.#tell(event) : null);
  }

  onPacket(record: CaptureRecord, stack: LayerStack): void {
    if (this.#started === null && record.seconds !== null) {
      this.#started = { seconds: record.seconds, nanoseconds: record.nanoseconds };
    }
    this.#analysis.add(record, stack);
  }

  onKnown(record: CaptureRecord): boolean {
    return this.#analysis.addKnown(record);
  }

  /** Packets inside are not part of what the wire had. */
  readonly onInner = null;

  /** Who follows the events has them all by now. */
  onPause(): void {
    this.#output.write(this.#lines);
    this.#lines = '';
  }

  onEnd(decryption: DecryptionReport | null): void {
    const { summary, wireguard } = this.#analysis.result();
    const document = captureDocument({
      name: this.#file,
      version: VERSION,
      facts: this.#reader.facts,
      fault: this.#reader.fault,
      summary,
      wireguard,
      decryption,
      started: this.#started,
    });
    this.#output.write(this.#textOf(document, summary));
  }

  #textOf(document: CaptureDocument, summary: CaptureSummary): string {
    if (this.#options.jsonStream) return `${this.#lines}${captureDocumentLine(document)}`;
    if (this.#options.json) return captureDocumentText(document);
    return summaryText(quoted(this.#file), summary, captureReportText(document.wireguard, document.findings));
  }

  #tell(event: WireguardEvent): void {
    this.#lines += captureEventLine(event);
    if (this.#lines.length >= FLUSH_CHARACTERS) this.onPause();
  }
}
