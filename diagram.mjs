/**
 * Draws `docs/rooms.svg` from the sources: the rooms with the imports between them, and the way of a packet through
 * the tunnel. `node diagram.mjs` writes it; `test/arch/diagram.test.ts` fails when it is not what the sources say.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = import.meta.dirname;
const SRC = join(ROOT, 'src');
const SPECIFIER = /\bfrom '(\.[^']+)'/g;

const [BOX_WIDTH, BOX_HEIGHT, COLUMN, ROW, MARGIN] = [150, 46, 186, 92, 24];
const WIDTH = 1000;
const INK = '#1f2933';
const COLOURS = { pure: '#e3f1e6', io: '#fbeed9' };
/** Rooms without I/O, as `test/arch/imports.test.ts` holds them. */
const PURE = new Set([
  'core',
  'wire',
  'stats',
  'session',
  'tunnel',
  'capture',
  'measure',
  'path',
  'report',
  'metrics',
  'options',
]);

/** What is in a room. @type {Readonly<Record<string, string>>} */
const WORDS = {
  cli: 'commands, terminal',
  options: 'words of the command line',
  report: 'tables, JSON, words',
  run: 'sockets, threads',
  metrics: 'text of a scrape',
  capture: 'files, layers, findings',
  measure: 'meters, limits',
  path: 'hops, ping, path MTU',
  session: 'control protocol',
  crypto: 'primitives',
  system: 'facts of the host',
  native: 'Linux system calls',
  tunnel: 'WireGuard',
  stats: 'distributions, jitter',
  wire: 'formats of messages',
  core: 'units, errors, shapes',
};

/** A packet's way, out and in: what happens, and the file that does it. */
const WAYS = [
  [
    ['read from the TUN device', 'run/tunnel/data-path/linux/linux-packets.ts'],
    ['cut into packets', 'tunnel/offload/segment.ts'],
    ['peer by AllowedIPs', 'tunnel/wireguard/allowed-ips.ts'],
    ['take counters', 'tunnel/wireguard/peer/keypair.ts'],
    ['encrypt', 'run/tunnel/data-path/packet-encrypter.ts'],
    ['sendmmsg, UDP_SEGMENT', 'native/udp/datagram-batch.ts'],
  ],
  [
    ['write to the TUN device', 'run/tunnel/data-path/linux/linux-packets.ts'],
    ['join packets', 'tunnel/offload/coalesce.ts'],
    ['replay, length, source, ECN', 'tunnel/wireguard/decrypted-message.ts'],
    ['decrypt', 'run/tunnel/data-path/message-decrypter.ts'],
    ['runs of one keypair', 'run/tunnel/data-path/inbound.ts'],
    ['recvmmsg, UDP_GRO', 'native/udp/udp-receiver.ts'],
  ],
];

/** Which room imports which. @returns {Map<string, Set<string>>} */
function readRooms() {
  const rooms = new Map();
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const file of files.toSorted()) {
    if (!file.includes(sep)) continue;
    const [name] = file.split(sep);
    const imports = rooms.get(name) ?? new Set();
    rooms.set(name, imports);
    for (const [, specifier] of readFileSync(join(SRC, file), 'utf8').matchAll(SPECIFIER)) {
      const [other] = relative(SRC, resolve(SRC, dirname(file), specifier)).split(sep);
      if (other !== name) imports.add(other);
    }
  }
  return rooms;
}

/** Imports that no longer way says already: only these are drawn. */
function withoutDetours(rooms) {
  const reaches = (from, to) => [...(rooms.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  return new Map(
    [...rooms].map(([name, imports]) => [
      name,
      [...imports].filter((to) => ![...imports].some((other) => other !== to && reaches(other, to))).toSorted(),
    ]),
  );
}

/** Rows from the top: a room stands below all that import it. */
function rowsOf(rooms) {
  const importers = (name) => [...rooms].filter(([, imports]) => imports.has(name)).map(([other]) => other);
  const depth = (name) => 1 + Math.max(-1, ...importers(name).map(depth));
  const rows = Array.from(rooms, () => /** @type {string[]} */ ([]));
  for (const name of [...rooms.keys()].toSorted()) rows[depth(name)]?.push(name);
  return rows.filter((row) => row.length > 0);
}

/**
 * Top left corner and row of each room. A row is centred, in the order of those that import its rooms; one that imports
 * from beyond the next row stands at an end, so that its arrow has the margin for itself.
 */
function placesOf(rows, drawn) {
  const places = new Map();
  for (const [i, row] of rows.entries()) {
    const middle = (name) => {
      const above = [...drawn]
        .filter(([, others]) => others.includes(name))
        .map(([other]) => places.get(other)?.x ?? 0);
      return above.length === 0 ? 0 : above.reduce((sum, x) => sum + x, 0) / above.length;
    };
    const isFar = (name) => (drawn.get(name) ?? []).some((other) => !rows[i + 1]?.includes(other));
    const ordered = row.filter((name) => !isFar(name)).toSorted((a, b) => middle(a) - middle(b) || a.localeCompare(b));
    for (const [n, name] of row.filter(isFar).entries()) {
      if (n % 2 === 0) ordered.push(name);
      else ordered.unshift(name);
    }
    const left = (WIDTH - (row.length - 1) * COLUMN - BOX_WIDTH) / 2;
    for (const [column, name] of ordered.entries())
      places.set(name, { x: left + column * COLUMN, y: 62 + i * ROW, row: i });
  }
  return places;
}

const text = (x, y, words, style = '') => `<text x="${x}" y="${y}" ${style}>${words}</text>`;
const box = (x, y, width, height, fill) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="${fill}" stroke="${INK}"/>`;
/** Through points, x and y in turn. */
const arrow = (...points) => `<path d="M${points.join(' ')}" fill="none" stroke="${INK}" marker-end="url(#head)"/>`;

function drawRooms(rooms) {
  const drawn = withoutDetours(rooms);
  const rows = rowsOf(rooms);
  const places = placesOf(rows, drawn);
  const out = [];
  for (const [name, others] of drawn) {
    const from = places.get(name);
    const sorted = others.toSorted((a, b) => places.get(a).x - places.get(b).x);
    for (const [i, other] of sorted.entries()) {
      const to = places.get(other);
      const isNear = to.row === from.row + 1;
      const exit = from.x + (isNear ? (BOX_WIDTH * (i + 1)) / (others.length + 1) : BOX_WIDTH / 2);
      if (isNear) out.push(arrow(exit, from.y + BOX_HEIGHT, to.x + BOX_WIDTH / 2, to.y - 3));
      else {
        const side = exit < to.x ? to.x - 3 : to.x + BOX_WIDTH + 3;
        out.push(arrow(exit, from.y + BOX_HEIGHT, exit, to.y + BOX_HEIGHT / 2, side, to.y + BOX_HEIGHT / 2));
      }
    }
  }
  for (const [name, { x, y }] of places) {
    out.push(box(x, y, BOX_WIDTH, BOX_HEIGHT, PURE.has(name) ? COLOURS.pure : COLOURS.io));
    out.push(text(x + BOX_WIDTH / 2, y + 20, name, 'text-anchor="middle" font-weight="bold"'));
    out.push(text(x + BOX_WIDTH / 2, y + 37, WORDS[name] ?? '', 'text-anchor="middle" font-size="11"'));
  }
  return { lines: out, height: 62 + rows.length * ROW };
}

function drawWay(way, y, title, isInward) {
  const width = (WIDTH - 2 * MARGIN - 20 * (way.length - 1)) / way.length;
  const out = [text(MARGIN, y, title, 'font-weight="bold"')];
  for (const [i, [what, file]] of way.entries()) {
    if (!existsSync(join(SRC, file))) throw new Error(`diagram.mjs names a file that is not there: ${file}`);
    const x = MARGIN + i * (width + 20);
    const [room] = file.split('/');
    out.push(box(x, y + 10, width, BOX_HEIGHT, PURE.has(room) ? COLOURS.pure : COLOURS.io));
    out.push(text(x + width / 2, y + 29, what, 'text-anchor="middle" font-size="10"'));
    const short = `${room}/…/${file.split('/').at(-1)?.replace(/\.ts$/, '')}`;
    out.push(text(x + width / 2, y + 45, short, 'text-anchor="middle" font-size="9"'));
    const [begin, end] = [x + width, x + width + 17];
    const middle = y + 10 + BOX_HEIGHT / 2;
    if (i < way.length - 1)
      out.push(isInward ? arrow(begin + 20, middle, begin + 3, middle) : arrow(begin, middle, end, middle));
  }
  return out;
}

/** The drawing as a document. */
export function diagram() {
  const rooms = drawRooms(readRooms());
  const [out, inward] = WAYS;
  const y = rooms.height + 20;
  const height = y + 2 * 92;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="14" fill="none">`,
    '<title>Rooms of src/ and their imports, and the path of a packet through the tunnel</title>',
    `<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="${INK}"/></marker></defs>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<g fill="${INK}">`,
    text(MARGIN, 26, 'Rooms of src/, and what they import', 'font-weight="bold"'),
    text(MARGIN, 44, 'Green: pure, no I/O. An arrow that another way says already is left out.', 'font-size="11"'),
    ...rooms.lines,
    ...drawWay(out, y, 'A packet leaves through the tunnel', false),
    ...drawWay(inward, y + 92, 'A packet arrives through the tunnel', true),
    '</g>',
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(ROOT, 'docs/rooms.svg'), diagram());
