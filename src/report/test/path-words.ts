/**
 * Labels of compared paths, a table with one line for each, and notes on them.
 *
 * @module
 */

import { displayWidth, printable } from '../../core/printable.ts';
import type { PathKind } from '../../core/shapes/path.ts';
import type { PathResult } from '../../core/shapes/result.ts';
import { countText, shortText, UNKNOWN } from '../text/figures.ts';
import { grid } from '../text/grid.ts';
import { lineWidth, pieces, wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';

/** Columns of the table, without the address, which is the second column. */
const HEAD = ['', 'device', 'kind', 'MTU'] as const;
/** Linux names a device in at most 15 characters. */
const DEVICE_LENGTH = 15;
/** Longest name of the DNS (RFC 1035 §2.3.4: 255 octets, 253 characters). */
const NAME_LENGTH = 253;
/** Longest failure: the likely fault of a tunnel and what to do about it are a paragraph. */
const FAILURE_LENGTH = 1000;
/** Kinds of device that are not known to be a tunnel. */
const NO_TUNNEL: ReadonlySet<PathKind> = new Set(['loopback', 'physical', 'virtual', 'unknown']);

/** Labels that fit a column, by name of the path: `baseline`, and `via`, or `via 1`, `via 2` … if there are several. */
export function pathLabels(paths: readonly PathResult[]): ReadonlyMap<string, string> {
  const vias = paths.filter((path) => path.role === 'via');
  return new Map(
    paths.map((path) => {
      const place = vias.length > 1 ? ` ${vias.indexOf(path) + 1}` : '';
      return [path.name, path.role === 'baseline' ? 'baseline' : `via${place}`];
    }),
  );
}

/** What to call a path in a sentence. Only a path that is known to be a tunnel is called one. */
export function pathNoun(path: PathResult): 'tunnel' | 'path' {
  const kinds = [path.client.kind, path.server?.kind ?? 'unknown'];
  return kinds.some((kind) => !NO_TUNNEL.has(kind)) ? 'tunnel' : 'path';
}

/** A table with one line for each path, then notes and failures. */
export function pathLines(paths: readonly PathResult[], paint: Paint): readonly string[] {
  const labels = pathLabels(paths);
  const facts = paths.map((path) => [
    labels.get(path.name) ?? '',
    printable(path.client.device ?? UNKNOWN, DEVICE_LENGTH),
    path.client.kind,
    shortMtu(path.client.mtu_bytes),
  ]);
  // The address column gets the width that the others leave, at least 24 columns. A longer address is broken.
  const taken = HEAD.map((title, column) => widest([title, ...facts.map((cells) => cells[column] ?? '')]));
  const room = lineWidth() - taken.reduce((sum, width) => sum + width + 2, 0);
  const rows = paths.map((path, index) => {
    const [label = '', ...others] = facts[index] ?? [];
    return [label, pieces(printable(path.name, NAME_LENGTH), room).join('\n'), ...others];
  });
  const notes = paths.flatMap((path) => {
    const label = labels.get(path.name) ?? '';
    const texts = path.notes.map((note) => printable(note, 400));
    if (!path.same_server && path.error === null)
      texts.unshift('did not prove to be the same server: what follows may compare two machines');
    const failed = path.error === null ? [] : wrap(`${label}: ${failureText(path)}`).map(paint.bad);
    return [...texts.flatMap((text) => wrap(`${label}: ${text}`)).map(paint.warn), ...failed];
  });
  const [label, ...titles] = HEAD;
  return [...grid([label, 'address', ...titles], rows, 'left'), ...notes];
}

/** Why a path has no results, or incomplete ones. */
function failureText({ error, server }: PathResult): string {
  // `server` is set by the first answer of the server.
  const what = server === null ? 'nothing was measured' : 'given up';
  return `${what}: ${printable(error?.message ?? '', FAILURE_LENGTH)}`;
}

function widest(cells: readonly string[]): number {
  return Math.max(...cells.map(displayWidth));
}

/** An MTU, exact up to 65535, the largest that IP allows. */
function shortMtu(bytes: number | null): string {
  return bytes !== null && bytes < 1e6 ? countText(bytes) : shortText(bytes);
}
