/**
 * The figures of stored documents as a flat list: one row a figure, for tables of other programs.
 *
 * @module
 */
import { percentText, rateText, ratioText, shortText, timeText } from '../text/figures.ts';
import type { StoredDocument } from './stored-file.ts';

/** One figure, and what it is of. A text is empty, and the round `null`, where the document says nothing. */
export interface FigureRow {
  /** Field of the document that has the list of tests, such as `tests` or `rows`. */
  readonly part: string;
  readonly path: string;
  readonly test: string;
  readonly protocol: string;
  readonly direction: string;
  readonly round: number | null;
  /** Name as in the document, with its unit: `goodput_bps`, `rtt_ns.p50`. */
  readonly figure: string;
  readonly value: number;
}

type Fields = Readonly<Record<string, unknown>>;
type Place = Omit<FigureRow, 'figure' | 'value'>;

/** Fields that are no figures of their element: parameters, or the same in smaller pieces. */
const LEFT_OUT: readonly string[] = ['config', 'round', 'port', 'family'];

/** The figures of every test, flow, row and comparison of a document, in its order. What was not measured has no row. */
export function figureRows(document: StoredDocument): readonly FigureRow[] {
  const rows: FigureRow[] = [];
  const place = { path: '', test: '', protocol: '', direction: '', round: null };
  for (const [part, list] of Object.entries(document)) {
    if (Array.isArray(list)) for (const one of list) addElement(rows, one, { part, ...place });
    else if (isFields(list) && part !== 'tool' && part !== 'target') addFigures(rows, list, { part, ...place }, '');
  }
  return rows;
}

/** A figure for a reader, by the unit in its name. */
export function figureText(figure: string, value: number): string {
  if (figure.endsWith('_bps')) return rateText(value);
  if (/_ns(\.(?!n$)\w+)?$/.test(figure)) return timeText(value);
  if (/(loss|failure)_ratio$/.test(figure)) return percentText(value);
  if (figure.endsWith('_ratio')) return ratioText(value);
  return Number.isInteger(value) ? `${value}` : shortText(value);
}

function addElement(rows: FigureRow[], element: unknown, above: Place): void {
  if (!isFields(element)) return;
  const place: Place = {
    part: above.part,
    path: textOf(element.path ?? element.name ?? element.via ?? element.address, above.path),
    test: textOf(element.test, above.test),
    protocol: textOf(element.protocol, above.protocol),
    direction: textOf(element.direction, above.direction),
    round: typeof element.round === 'number' ? element.round : above.round,
  };
  addFigures(rows, element, place, '');
  if (Array.isArray(element.flows)) for (const flow of element.flows) addElement(rows, flow, place);
}

/** The numbers of an object and of the objects in it, but not of lists. */
function addFigures(rows: FigureRow[], fields: Fields, place: Place, prefix: string): void {
  for (const [key, value] of Object.entries(fields)) {
    if (LEFT_OUT.includes(key)) continue;
    const figure = `${prefix}${key}`;
    if (typeof value === 'number') {
      if (Number.isFinite(value)) rows.push({ ...place, figure, value });
    } else if (isFields(value)) addFigures(rows, value, place, `${figure}.`);
  }
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
