/**
 * What `winze decode` does with packets when it is not to print them: a report, as text or as JSON.
 *
 * @module
 */
import { captureDocument } from '../../capture/document.ts';
import type { CaptureReader } from '../../capture/file/capture-reader.ts';
import type { LayerStack } from '../../capture/layer-stack.ts';
import type { CaptureRecord } from '../../capture/record.ts';
import { SummaryCounter } from '../../capture/summary.ts';
import { WireguardAnalysis } from '../../capture/wireguard/analysis.ts';
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
  readonly #summary = new SummaryCounter();
  readonly #wireguard: WireguardAnalysis;
  #started: { readonly seconds: number; readonly nanoseconds: number } | null = null;
  #lines = '';

  constructor(options: ReportOptions, output: Output, file: string, reader: CaptureReader) {
    this.#options = options;
    this.#output = output;
    this.#file = file;
    this.#reader = reader;
    this.#wireguard = new WireguardAnalysis(options.jsonStream ? (event) => this.#tell(event) : null);
  }

  onPacket(record: CaptureRecord, stack: LayerStack): void {
    if (this.#started === null && record.seconds !== null) {
      this.#started = { seconds: record.seconds, nanoseconds: record.nanoseconds };
    }
    this.#summary.add(record, stack);
    this.#wireguard.add(record, stack);
  }

  /** Packets inside are not part of what the wire had. */
  onInner(): void {}

  /** Who follows the events has them all by now. */
  onPause(): void {
    this.#output.write(this.#lines);
    this.#lines = '';
  }

  onEnd(decryption: DecryptionReport | null): void {
    const summary = this.#summary.result();
    const document = captureDocument({
      name: this.#file,
      version: VERSION,
      facts: this.#reader.facts,
      fault: this.#reader.fault,
      summary,
      wireguard: this.#wireguard.result(),
      decryption,
      started: this.#started,
    });
    this.#output.write(this.#textOf(document, summary));
  }

  #textOf(document: CaptureDocument, summary: ReturnType<SummaryCounter['result']>): string {
    if (this.#options.jsonStream) return `${this.#lines}${captureDocumentLine(document)}`;
    if (this.#options.json) return captureDocumentText(document);
    return summaryText(quoted(this.#file), summary, captureReportText(document.wireguard, document.findings));
  }

  #tell(event: WireguardEvent): void {
    this.#lines += captureEventLine(event);
    if (this.#lines.length >= FLUSH_CHARACTERS) this.onPause();
  }
}
