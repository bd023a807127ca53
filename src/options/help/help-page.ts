/**
 * The pages of `winze help`: the first screen, a page for each topic, and all options on one.
 *
 * @module
 */
import { usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import { isNear } from '../foreign/near.ts';
import type { OptionRow } from '../option-row.ts';
import { GROUPS, OPTIONS } from '../option-table.ts';
import { type Entry, entryLines, longestTerm, PAGE_WIDTH, wrapped } from './columns.ts';
import { PROGRAM_TOPICS, TOPICS, type Topic, WHOLE, WHOLE_TOPIC } from './topics.ts';

const ABOUT = 'winze measures what a network path carries, and what a tunnel on it costs.';
/** Examples of the first screen. With the list of topics they fit 24 lines. */
const FIRST: readonly Entry[] = [
  ['winze lab', 'try it: both ends here'],
  ['winze -s', 'on one host: the server'],
  ['winze -c HOST', 'on another: TCP, upload'],
  ['winze -c HOST -r -n 4 -d 30s', 'download, 4 streams, 30 s'],
  ['winze -c HOST -p udp -b 500M', 'UDP at 500 Mbit/s: loss, reordering'],
  ['winze -c HOST -t l', 'latency: percentiles, loss'],
  ['winze -c HOST --via ADDR', 'the line against the tunnel over it'],
  ['winze -x HOST -t mtr', 'to any host: where on the path?'],
  ['winze -c HOST --json', 'for scripts'],
];
const LEAST_WIDTH = 60;
/** Least width with two topics beside each other. */
const TWO_TOPICS = 78;

/** Columns of a page on a terminal with so many columns; `undefined` if that is not known. */
export function pageWidth(columns: number | undefined): number {
  return Math.min(PAGE_WIDTH, Math.max(LEAST_WIDTH, columns ?? PAGE_WIDTH));
}

/**
 * The page for the words after `winze help`: the first screen if there are none.
 *
 * @param width - columns of the page
 * @throws NetError `ERR_USAGE` for a topic that does not exist
 */
export function helpPage(words: readonly string[], width: number): string {
  const [word, extra] = words;
  if (word === undefined || word === 'help') return firstScreen(width);
  const topic = word === WHOLE ? WHOLE_TOPIC : TOPICS.find(({ name }) => name === word);
  if (topic === undefined) throw usageError(unknownTopic(word));
  if (extra !== undefined) throw usageError(`help ${word} takes nothing more, not "${quoted(extra)}"`);
  return `${topicLines(topic, width).join('\n')}\n`;
}

/** Names of all topics, in the order in which they are listed. */
export function topicNames(): readonly string[] {
  return topicEntries().map(([name]) => name);
}

function topicEntries(): readonly Entry[] {
  const own = TOPICS.map(({ name, summary }): Entry => [name, summary]);
  return [...own, ...PROGRAM_TOPICS, [WHOLE, WHOLE_TOPIC.summary]];
}

function unknownTopic(word: string): string {
  const names = topicNames();
  const near = names.find((name) => isNear(name, word));
  const question = near === undefined ? '; there' : `, did you mean ${near}? There`;
  return `no help topic is called "${quoted(word)}"${question} are ${names.join(', ')}`;
}

function firstScreen(width: number): string {
  const lines = [
    ...wrapped(ABOUT, width),
    '',
    ...entryLines(FIRST, width, longestTerm(FIRST)),
    '',
    ...(width < TWO_TOPICS
      ? wrapped(`winze help TOPIC: ${topicNames().join(', ')}.`, width)
      : ['winze help TOPIC:', ...topicTable(width)]),
    ...wrapped(`Every option: winze help ${WHOLE}. Of one command: winze -s --help.`, width),
  ];
  return `${lines.join('\n')}\n`;
}

/** Two topics a line, the first half of them on the left. */
function topicTable(width: number): readonly string[] {
  const entries = topicEntries();
  const half = Math.ceil(entries.length / 2);
  const [left, right] = [entries.slice(0, half), entries.slice(half)].map((part) =>
    part.map(([name, summary]) => `${name.padEnd(longestTerm(part))}  ${summary}`),
  );
  const column = Math.floor((width - 2) / 2);
  return (left ?? []).map((text, i) => `  ${text.padEnd(column)}${right?.[i] ?? ''}`.trimEnd());
}

function topicLines(topic: Topic, width: number): readonly string[] {
  const { name, summary, usage, examples, notes, more } = topic;
  const rows = Object.values<OptionRow>(OPTIONS).filter(topic.shows);
  const terms = rows.map((row): Entry => [termOf(row), row.help]);
  const groups = Object.values(GROUPS).flatMap((group) => {
    const ofGroup = terms.filter((_, i) => rows[i]?.group === group);
    return ofGroup.length === 0 ? [] : ['', group, ...entryLines(ofGroup, width, longestTerm(terms))];
  });
  return [
    ...wrapped(name === WHOLE ? ABOUT : `winze help ${name}: ${summary}`, width),
    ...(usage === undefined ? [] : ['', ...wrapped(`Usage: ${usage}`, width)]),
    ...(examples.length === 0 ? [] : ['', 'Examples:', ...exampleLines(examples, width)]),
    ...groups,
    ...notes.flatMap((note) => ['', ...wrapped(note, width)]),
    ...(more.length === 0
      ? []
      : ['', ...wrapped(`More: ${more.map((other) => `winze help ${other}`).join(', ')}.`, width)]),
  ];
}

/** A longer example does not move the explanations of the others. */
function exampleLines(examples: readonly Entry[], width: number): readonly string[] {
  const most = Math.floor(width / 2);
  return entryLines(examples, width, Math.min(most, longestTerm(examples)));
}

/** Names and value of an option, as the help writes them: `-n, --streams N`. */
export function termOf(row: OptionRow): string {
  const names = row.names.join(', ');
  if (row.kind === 'flag') return names;
  return `${names} ${row.value}${row.kind === 'list' && row.variadic ? '...' : ''}`;
}
