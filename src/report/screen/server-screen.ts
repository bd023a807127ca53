/**
 * The full screen of a server: who tests what, at which rate, totals, refusals.
 *
 * @module
 */
import { printable } from '../../core/printable.ts';
import type { ServerEvent } from '../../core/shapes/events.ts';
import type { TestPurpose, TestSpec } from '../../core/shapes/spec.ts';
import { NS_PER_S } from '../../core/time.ts';
import { purposeWords, testName } from '../test/spec-words.ts';
import { countText, shortText } from '../text/figures.ts';
import { AXIS_COLUMNS, chart } from './chart.ts';
import { bar, fitted } from './fitted.ts';
import { lastMessages, type ScreenModel } from './screen-model.ts';

/** Values that are kept of the sum of all clients, one a second. */
const KEPT = 60;
const GRAPH_HEIGHT = 5;
/** Lines below which the graph is left out, so that clients are seen. */
const LEAST_ROWS = 16;
/** An IPv4 address and a port. */
const ADDRESS = 21;
const FIGURE = 9;

type Row = Extract<ServerEvent, { tag: 'interval' }>;
/** A client that is connected. */
interface Client {
  what: string;
  row: Row | null;
}

/**
 * Creates the screen of a server.
 *
 * @param now - the monotonic clock, by which the graph has a value a second
 */
export function createServerScreen(now: () => number): ScreenModel<ServerEvent> {
  const messages = lastMessages();
  const clients = new Map<string, Client>();
  const totals = { clients: 0, tests: 0, refused: 0, bytes: 0 };
  const history: number[] = [];
  let where = 'starting';
  let second = Math.floor(now() / NS_PER_S);
  let summed = 0;

  const client = (name: string): Client => {
    const known = clients.get(name) ?? { what: 'connected', row: null };
    clients.set(name, known);
    return known;
  };
  const turn = (): void => {
    const at = Math.floor(now() / NS_PER_S);
    for (; second < at; second++) {
      history.push(summed);
      if (history.length > KEPT) history.shift();
      summed = 0;
    }
  };
  const handle = (event: ServerEvent): void => {
    turn();
    switch (event.tag) {
      case 'notice':
      case 'warning':
        return messages.say(event.message);
      case 'listening':
        where = `port ${event.port}, TCP and UDP`;
        return;
      case 'metrics-listening':
        where += `, metrics at ${event.url}`;
        return;
      case 'client-connected':
        totals.clients++;
        client(event.client).what = `connected, winze ${event.version}`;
        return;
      case 'client-queued':
        client(event.client).what = `waits at place ${event.place}`;
        return;
      case 'client-refused':
        totals.refused++;
        return messages.say(`${event.client} refused: ${event.reason}`);
      case 'capture-begun':
        return messages.say(`${event.client}: packets of its tunnel are captured on ${event.device}`);
      case 'client-closed':
        clients.delete(event.client);
        return;
      case 'test-started':
        totals.tests++;
        client(event.client).what = what(event.spec, event.purpose);
        return;
      case 'interval': {
        client(event.client).row = event;
        const bps = (event.received_bps ?? 0) + (event.sent_bps ?? 0);
        summed += bps;
        totals.bytes += (bps / 8) * ((event.end_ns - event.start_ns) / NS_PER_S);
        return;
      }
      case 'test-ended':
        Object.assign(client(event.client), { what: 'between tests', row: null });
        return;
      default:
        event satisfies never;
    }
  };
  return {
    handle,
    say: messages.say,
    lines: (columns, rows, paint) => {
      turn();
      const counts = `${countText(totals.clients)} clients, ${countText(totals.tests)} tests, ${countText(totals.refused)} refused, ${shortText(totals.bytes)}B carried`;
      const graph =
        rows < LEAST_ROWS ? [] : chart(history, Math.min(columns, AXIS_COLUMNS + KEPT), GRAPH_HEIGHT, shortText);
      const head = [
        paint.bold(bar(`winze server  ${where}`, 'q: stop', columns)),
        fitted(counts, columns),
        ...(graph.length === 0 ? [] : [paint.good('bit/s of all clients, both directions, last minute'), ...graph]),
        paint.bold(fitted(titles(), columns)),
      ];
      const tail = messages.lines().map((line) => paint.warn(fitted(printable(line, columns), columns)));
      const room = Math.max(1, rows - head.length - tail.length);
      return [...head, ...list(clients, columns, room), ...tail].slice(0, rows);
    },
  };
}

/** One line a client, those with a running test first. */
function list(clients: ReadonlyMap<string, Client>, columns: number, room: number): readonly string[] {
  if (clients.size === 0) return ['nobody is connected'];
  const sorted = [...clients].toSorted(([, a], [, b]) => Number(b.row !== null) - Number(a.row !== null));
  const shown = sorted.length <= room ? sorted : sorted.slice(0, room - 1);
  const left = sorted.length - shown.length;
  return [
    ...shown.map(([name, one]) => fitted(line(name, one), columns)),
    ...(left > 0 ? [`and ${countText(left)} more`] : []),
  ];
}

function line(name: string, { what: doing, row }: Client): string {
  const cells = [row?.received_bps, row?.sent_bps, row?.packets_per_s ?? row?.echoes_per_s ?? row?.connections_per_s];
  const figures = cells.map((cell) => shortText(cell === undefined ? null : cell).padStart(FIGURE));
  return `${fitted(printable(name, 60), ADDRESS).padEnd(ADDRESS)}${figures.join('')}  ${printable(doing, 60)}`;
}

function titles(): string {
  return `${'client'.padEnd(ADDRESS)}${['rcvd b/s', 'sent b/s', 'pkt/s'].map((title) => title.padStart(FIGURE)).join('')}  test`;
}

function what(spec: TestSpec, purpose: TestPurpose | null): string {
  if (purpose !== null) return purposeWords(spec, purpose);
  return spec.test === 'latency' || spec.streams === 1 ? testName(spec) : `${testName(spec)}, ${spec.streams} streams`;
}
