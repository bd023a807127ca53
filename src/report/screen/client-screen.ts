/**
 * The full screen of a client: throughput and round trips of the last minute as graphs, loss, processors of both ends.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';
import type { ConnectionsInterval } from '../../core/shapes/connections.ts';
import type { ClientEvent } from '../../core/shapes/events.ts';
import type { Interval } from '../../core/shapes/flow.ts';
import type { LatencyInterval, TestResult } from '../../core/shapes/result.ts';
import type { FlowDirection } from '../../core/shapes/spec.ts';
import { NS_PER_S } from '../../core/time.ts';
import { startWords } from '../path/start-words.ts';
import { specWords } from '../test/spec-words.ts';
import { countText, percentText, rateText, shortText, shortTimeText, timeText } from '../text/figures.ts';
import type { Paint } from '../text/paint.ts';
import { AXIS_COLUMNS, chart } from './chart.ts';
import { bar, fitted } from './fitted.ts';
import { processorLine } from './processor-line.ts';
import { lastMessages, type ScreenModel } from './screen-model.ts';

/** Values that are kept of each series: at an interval of 1 s, the last minute. */
const KEPT = 60;
/** Ended tests that are listed. */
const MOST_ENDED = 4;
const LEAST_HEIGHT = 2;
const MOST_HEIGHT = 8;

/** A graph of one figure. */
interface Series {
  readonly name: string;
  readonly values: (number | null)[];
  /** The newest figures, in words. */
  now: string;
  readonly label: (value: number | null) => string;
}

/** Creates the screen of a client run. */
export function createClientScreen(host: string): ScreenModel<ClientEvent> {
  const messages = lastMessages();
  const series = new Map<string, Series>();
  const ended: string[] = [];
  let title = `connecting to ${printable(host, 60)}`;
  const cpu = processorLine();

  const add = (name: string, value: number | null, now: string, label: Series['label']): void => {
    const one = series.get(name) ?? { name, values: [], now, label };
    one.values.push(value);
    if (one.values.length > KEPT) one.values.shift();
    one.now = now;
    series.set(name, one);
  };
  const handle = (event: ClientEvent): void => {
    switch (event.tag) {
      case 'notice':
        return messages.say(event.message);
      case 'path-event':
        if (event.event.tag === 'probe-started') title = startWords(event.event);
        return;
      case 'connected':
        title = `connected to ${printable(event.path.name, 60)}, winze ${printable(event.server_version, 30)}`;
        return;
      case 'queued':
        title = `server busy: place ${event.place} in the queue`;
        return;
      case 'test-started': {
        const round = event.rounds > 1 ? `round ${event.round} of ${event.rounds}, ` : '';
        title = `${round}${printable(event.path, 60)}: ${specWords(event.spec)}`;
        return;
      }
      case 'interval':
        for (const row of sums(event.rows)) {
          const name = `${event.path} ${event.protocol.toUpperCase()} ${row.direction}`;
          add(name, row.goodput_bps, flowWords(row), shortText);
        }
        return;
      case 'latency-interval':
        return add(`${event.path} round trip, median`, event.row.rtt_ns.p50, latencyWords(event.row), shortTimeText);
      case 'connections-interval':
        return add(`${event.path} connections a second`, rateOf(event.row), connectionWords(event.row), shortText);
      case 'cpu':
        return cpu.add(event);
      case 'test-ended':
        cpu.end(event.result.cpu);
        ended.push(`${printable(event.result.path, 60)} ${nameOf(event.result)}: ${resultWords(event.result)}`);
        if (ended.length > MOST_ENDED) ended.shift();
        return;
      case 'path-failed':
        return messages.say(`${event.path.name}: ${event.path.error?.message ?? 'failed'}`);
      case 'test-failed':
        return messages.say(`${event.failure.path}: ${event.failure.error.message}`);
      case 'ended':
        return;
      default:
        event satisfies never;
    }
  };
  return {
    handle,
    say: messages.say,
    lines: (columns, rows, paint) => {
      const head = [paint.bold(bar(fitted(`winze  ${title}`, columns - 20), 'q: stop and report', columns))];
      const tail = [
        ...ended.map((line) => fitted(line, columns)),
        ...cpu.lines(columns).map((line) => fitted(line, columns)),
        ...messages.lines().map((line) => paint.warn(fitted(printable(line, columns), columns))),
      ];
      const room = rows - head.length - tail.length;
      return [...head, ...graphs([...series.values()], columns, room, paint), ...tail].slice(0, rows);
    },
  };
}

/** As many of the newest series as there is room for, each with a line of words above it. */
function graphs(all: readonly Series[], columns: number, room: number, paint: Paint): readonly string[] {
  const most = Math.max(0, Math.floor(room / (LEAST_HEIGHT + 1)));
  const shown = most === 0 ? [] : all.slice(-most);
  if (shown.length === 0) return [];
  const height = Math.min(MOST_HEIGHT, Math.floor(room / shown.length) - 1);
  return shown.flatMap((one) => [
    paint.good(fitted(`${printable(one.name, columns)}: ${one.now}`, columns)),
    ...chart(one.values, Math.min(columns, AXIS_COLUMNS + KEPT), height, one.label),
  ]);
}

/** One row a direction: the sum, or the only stream. */
function sums(rows: readonly Interval[]): readonly Interval[] {
  const directions = new Set<FlowDirection>(rows.map(({ direction }) => direction));
  return [...directions].flatMap((direction) => {
    const own = rows.filter((row) => row.direction === direction);
    return own.find(({ stream }) => stream === null) ?? own.slice(0, 1);
  });
}

function flowWords(row: Interval): string {
  const parts = [rateText(row.goodput_bps)];
  if (row.packets_lost !== null) parts.push(`${countText(row.packets_lost)} lost`);
  if (row.jitter_rfc3550_ns !== null) parts.push(`jitter ${timeText(row.jitter_rfc3550_ns)}`);
  if (row.retransmits !== null) parts.push(`${countText(row.retransmits)} retransmitted`);
  if (row.rtt_ns !== null) parts.push(`round trip ${timeText(row.rtt_ns)}`);
  return parts.join(', ');
}

function latencyWords({ rtt_ns, packets_sent, packets_received }: LatencyInterval): string {
  const lost = packets_sent === 0 ? null : Math.max(0, 1 - packets_received / packets_sent);
  return `p50 ${timeText(rtt_ns.p50)}, p99 ${timeText(rtt_ns.p99)}, ${percentText(lost)} lost`;
}

/** Connections that the server accepted, a second; `null` if it told none. */
function rateOf({ connections_accepted: accepted, start_ns, end_ns }: ConnectionsInterval): number | null {
  return accepted === null || end_ns <= start_ns ? null : Math.round((accepted * NS_PER_S) / (end_ns - start_ns));
}

function connectionWords({ connections_failed: failed, connect_ns }: ConnectionsInterval): string {
  return `p50 ${timeText(connect_ns.p50)}, p99 ${timeText(connect_ns.p99)}, ${countText(failed)} failed`;
}

function nameOf({ test, protocol, config }: TestResult): string {
  const name = test === 'bandwidth' ? config.figure : test;
  return name === null ? protocol.toUpperCase() : `${protocol.toUpperCase()} ${name}`;
}

function resultWords(result: TestResult): string {
  if (result.error !== null) return printable(result.error.message, 200);
  if (result.test === 'latency') {
    return `p50 ${timeText(result.rtt_ns.p50)}, p99 ${timeText(result.rtt_ns.p99)}, ${percentText(result.loss_ratio)} lost`;
  }
  if (result.test === 'connections') {
    return `${shortText(result.connections_per_s === null ? null : Math.round(result.connections_per_s))} a second, p99 ${timeText(result.connect_ns.p99)}, ${percentText(result.failure_ratio)} failed`;
  }
  const isOfPackets = result.config.figure === 'packets';
  return result.flows
    .map(({ direction, goodput_bps, packets_per_s, loss_ratio }) => {
      const loss = loss_ratio === null ? '' : `, ${percentText(loss_ratio)} lost`;
      const rate = isOfPackets
        ? `${shortText(packets_per_s === null ? null : Math.round(packets_per_s))} packets/s`
        : rateText(goodput_bps);
      return `${direction} ${rate}${loss}`;
    })
    .join('; ');
}
