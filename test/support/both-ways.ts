/**
 * Two analyses of the same packets: one that takes the short way of packets that are known, as `winze decode` does, and
 * one that dissects every packet.
 */
import { CaptureAnalysis, type CaptureCounts } from '../../src/capture/capture-analysis.ts';
import { Dissector } from '../../src/capture/dissect.ts';
import { createLayerStack } from '../../src/capture/layer-stack.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import type { CaptureRecord } from '../../src/capture/record.ts';
import type { WireguardEvent } from '../../src/capture/wireguard/events.ts';

export class BothWays {
  readonly #short: OneWay;
  readonly #full: OneWay;
  /** Packets that took the short way. */
  known = 0;

  /** @param flows - that the recognisers remember; a table of the usual size takes longer to make than a test to run */
  constructor(flows = 64) {
    this.#short = new OneWay(flows);
    this.#full = new OneWay(flows);
  }

  /** What the short way told. */
  get events(): readonly WireguardEvent[] {
    return this.#short.events;
  }

  add(record: CaptureRecord): void {
    this.#full.add(record);
    if (this.#short.analysis.addKnown(record)) this.known++;
    else this.#short.add(record);
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
  readonly #stack = createLayerStack();

  constructor(flows: number) {
    const recogniser = new Recogniser(flows);
    this.#dissector = new Dissector({ recogniser });
    this.analysis = new CaptureAnalysis(recogniser, (event) => this.events.push(event));
  }

  add(record: CaptureRecord): void {
    this.#dissector.dissect(record, this.#stack);
    this.analysis.add(record, this.#stack);
  }

  lines(): string[] {
    return JSON.stringify({ ...this.analysis.result(), events: this.events }, null, 1).split('\n');
  }
}
