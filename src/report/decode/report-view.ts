/**
 * The report of a capture, as text or as JSON: what `winze decode` prints without `--packets`.
 *
 * @module
 */
import type { CaptureDocument } from '../../capture/documents/capture-report.ts';
import type { DecryptStage } from '../../capture/pipeline/decrypt-stage.ts';
import { type CaptureReport, ReportSink, type ReportSinkOptions } from '../../capture/pipeline/report-sink.ts';
import type { WireguardEvent } from '../../capture/wireguard/events.ts';
import { quoted } from '../../core/printable.ts';
import { formatDocument } from '../json.ts';
import { streamLine, type TimeOfDay } from '../stream/stream-line.ts';
import { atWidth } from '../text/layout.ts';
import type { CaptureWriter } from '../text/report-writer.ts';
import type { CaptureView } from './capture-view.ts';
import { decryptionText } from './decryption-text.ts';
import { type CaptureStreamEvent, captureStreamEvent } from './report-json.ts';
import { captureReportText } from './report-text.ts';
import { summaryText } from './summary-text.ts';

/** The format of the report. Without either option it is text. */
export interface ReportOptions {
  readonly json?: true;
  readonly jsonStream?: true;
  /** For lines of JSON that are of no frame. */
  readonly now: TimeOfDay;
  /** The file of a page that is made of the document; left out, nobody wants it. */
  readonly html?: string;
}

/** Lines of events are passed on when there are so many characters. */
const FLUSH_CHARACTERS = 64 * 1024;

/** Collects the report of one capture, and prints it at the end. With `--json-stream` it also prints each event. */
export class ReportView extends ReportSink implements CaptureView {
  readonly #output: CaptureWriter;
  readonly #textOf: (report: CaptureReport, decryption: DecryptStage | null) => string;
  readonly #lines: EventLines;
  readonly #wantsDocument: boolean;

  constructor(options: ReportOptions, output: CaptureWriter, about: Omit<ReportSinkOptions, 'observer'>) {
    const lines = new EventLines(output);
    super({ ...about, observer: options.jsonStream ? (event) => lines.add(event) : null });
    this.#lines = lines;
    this.#output = output;
    this.#wantsDocument = options.html !== undefined;
    const end = (data: CaptureDocument): CaptureStreamEvent => ({ event: 'end', time: options.now(), data });
    if (options.jsonStream) this.#textOf = ({ document }) => streamLine(end(document));
    else if (options.json) this.#textOf = ({ document }) => formatDocument(document);
    else this.#textOf = (report, decryption) => this.#text(about, report, decryption);
  }

  /** Passes on all events so far, since the next packet may take long to arrive. */
  onPause(): void {
    this.#lines.flush();
  }

  /** Waits only if there are lines of events: nothing else is written before the end. */
  drained(): Promise<void> | undefined {
    return this.#lines.drained();
  }

  printEnd({ decryption }: { readonly decryption: DecryptStage | null }): void {
    this.#lines.flush();
    const report = this.report(decryption);
    this.#output.write(this.#textOf(report, decryption));
    if (this.#wantsDocument) this.#output.document(formatDocument(report.document));
  }

  #text(
    { name, decodeAs }: Pick<ReportSinkOptions, 'name' | 'decodeAs'>,
    { document, summary }: CaptureReport,
    decryption: DecryptStage | null,
  ): string {
    const counts = decryption?.counts() ?? null;
    return atWidth(this.#output.columns, () => {
      const report = captureReportText(document.wireguard, document.findings);
      const text = summaryText(quoted(name), summary, { report, decodeAs: decodeAs.words });
      return counts === null ? text : text + decryptionText(counts, this.innerTunnels.report());
    });
  }
}

/** Collects lines of JSON and passes them on in large pieces. */
class EventLines {
  readonly #output: CaptureWriter;
  #lines = '';
  #isWritten = false;

  constructor(output: CaptureWriter) {
    this.#output = output;
  }

  add(event: WireguardEvent): void {
    this.#lines += streamLine(captureStreamEvent(event));
    if (this.#lines.length >= FLUSH_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.#lines === '') return;
    this.#output.write(this.#lines);
    this.#lines = '';
    this.#isWritten = true;
  }

  /** Settles when the output takes more; `undefined` if it does now. */
  drained(): Promise<void> | undefined {
    return this.#isWritten ? this.#output.drained() : undefined;
  }
}
