/**
 * Two analyses of the same packets: one that takes the short way of packets that are known, as `winze decode` does, and
 * one that dissects every packet.
 */
import { CaptureAnalysis, type CaptureCounts } from '../../src/capture/capture-analysis.ts';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../src/capture/dissect/layer-stack.ts';
import { Lookahead } from '../../src/capture/pipeline/lookahead.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import type { CaptureRecord } from '../../src/capture/record.ts';
import type { WireguardEvent } from '../../src/capture/wireguard/events.ts';

export class BothWays {
  readonly #short: OneWay;
  readonly #full: OneWay;
  /** @param flows - that the recognisers remember; a table of the usual size takes longer to make than a test to run */
  constructor(flows = 64) {
    this.#short = new OneWay(flows);
    this.#full = new OneWay(flows);
  }

  /** What the short way told. */
  get events(): readonly WireguardEvent[] {
    return this.#short.events;
  }

  /** Packets that took the short way. */
  get known(): number {
    return this.#short.known;
  }

  add(record: CaptureRecord): void {
    this.#full.add(record, false);
    this.#short.add(record, true);
  }

  /** What the short way counts. @throws if it is not what the long one does */
  result(): CaptureCounts {
    const [short, full] = [this.#short.lines(), this.#full.lines()];
    const at = short.findIndex((line, i) => line !== full[i]);
    if (at >= 0) throw new Error(`the short way differs: ${short[at]} instead of ${full[at]}, line ${at}`);
    return this.#short.analysis.result();
  }
}

class OneWay {
  readonly events: WireguardEvent[] = [];
  readonly analysis: CaptureAnalysis;
  readonly #dissector: Dissector;
  readonly #lookahead: Lookahead;
  readonly #stack = createLayerStack();
  known = 0;

  constructor(flows: number) {
    const recogniser = new Recogniser(flows);
    this.#dissector = new Dissector({ recogniser, canLookAhead: true });
    this.#lookahead = new Lookahead(this.#dissector);
    this.analysis = new CaptureAnalysis(recogniser, (event) => this.events.push(event));
  }

  add(record: CaptureRecord, isShort: boolean): void {
    this.#lookahead.passOrHold(record, (one) => {
      if (isShort && this.analysis.addKnown(one)) {
        this.known++;
        return true;
      }
      return this.#take(one);
    });
  }

  #take(record: CaptureRecord): boolean {
    this.#dissector.dissect(record, this.#stack);
    if (this.#dissector.undecidedPair !== null) return false;
    this.analysis.add(record, this.#stack);
    return true;
  }

  lines(): string[] {
    this.#lookahead.end();
    this.#lookahead.passHeld((record) => this.#take(record));
    return JSON.stringify({ ...this.analysis.result(), events: this.events }, null, 1).split('\n');
  }
}
