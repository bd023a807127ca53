/**
 * The manual page winze(1), in the macros of man(7).
 *
 * @module
 */
import { wrapped } from '../help/columns.ts';
import { TOPICS, WHOLE_TOPIC } from '../help/topics.ts';
import type { OptionRow, Role } from '../option-row.ts';
import { GROUPS, OPTIONS } from '../option-table.ts';
import type { Manual, ManualCommand, ManualOption } from './manual.ts';
import { manualOption } from './table-options.ts';

const LINE = 78;
const ABOUT =
  'measures what a network path carries, and what a tunnel on it costs: bandwidth over TCP and UDP, latency, loss, the ' +
  'hops and the MTU of a path. It compares a WireGuard tunnel with the line under it, has its own implementation of ' +
  'WireGuard, and decodes captures of tunnels.';
const ROLE_NAMES: Readonly<Record<Role, string>> = { server: '-s', client: '-c', external: '-x', lab: 'lab' };
const STATUS: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'measured, and every expectation met'],
  ['1', 'measured, but an --expect was not met; or tunnel check found an error'],
  ['2', 'usage'],
  ['3', 'the name does not resolve, nothing answers, or it is no winze server'],
  ['4', 'the server refused: busy with --no-wait, authentication'],
  ['5', 'a privilege or component is missing, or a file could not be written'],
  ['6', 'cut short, or nothing received; what had been measured was printed'],
  ['70', 'internal error'],
];
const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['NO_COLOR', 'no colour, if it is not empty'],
  ['COLUMNS', 'columns of a line, instead of those of the terminal'],
  ['LC_ALL, LC_CTYPE, LANG', 'the locale; text is plain ASCII where it is not UTF-8'],
];
const SEE_ALSO = 'iperf3(1), mtr(8), ping(8), traceroute(8), wg(8), wg-quick(8), tcpdump(1), pcap-filter(7)';

/**
 * The whole page.
 *
 * @param date - in ISO 8601, of its last change
 */
export function manPage(manual: Manual, date: string): string {
  const lines = [
    `.\\" Made from the options of winze by manual.mjs: change those, not this file.`,
    `.TH WINZE 1 ${date} "winze ${manual.version}" "User Commands"`,
    '.SH NAME',
    'winze \\- network tests that know about tunnels',
    '.SH SYNOPSIS',
    [
      ...['-s', '-c HOST', '-x DEST', 'lab'].map((words) => `${words} [options]`),
      ...manual.commands.map(usageOf),
      'help [TOPIC]',
    ]
      .map((words) => `.B winze\n${escaped(words)}`)
      .join('\n.br\n'),
    '.SH DESCRIPTION',
    '.B winze',
    filled(ABOUT),
    '.PP',
    'For most tests the server runs on one host',
    '.RB ( "winze \\-s" )',
    'and the client on another',
    '.RB ( "winze \\-c HOST" ).',
    'For tests of a path to any host no winze is needed there',
    '.RB ( "winze \\-x DEST" ).',
    ...WHOLE_TOPIC.notes.slice(0, 2).flatMap((note) => ['.PP', filled(note)]),
    '.SH OPTIONS',
    ...Object.values(GROUPS).flatMap(groupLines),
    '.SH COMMANDS',
    ...manual.commands.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...STATUS.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, filled(meaning)]),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${escaped(name)}`, filled(meaning)]),
    '.SH EXAMPLES',
    ...exampleLines(),
    '.SH SEE ALSO',
    ...SEE_ALSO.split(', ').map((page, i, { length }) => reference(page, i + 1 === length ? '' : ',')),
  ];
  return `${lines.join('\n')}\n`;
}

/** A paragraph for roff, in lines that are not too long for patches. */
function filled(text: string): string {
  return wrapped(escaped(text), LINE)
    .map((line) => (line.startsWith('.') ? `\\&${line}` : line))
    .join('\n');
}

/** A text for roff: each character means itself. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti');
}

function usageOf({ words, operands, options }: ManualCommand): string {
  return [...words, ...(options.length > 0 ? ['[options]'] : []), ...operands.map(({ value }) => value)].join(' ');
}

function groupLines(group: string): readonly string[] {
  const rows = Object.values<OptionRow>(OPTIONS).filter((row) => row.group === group);
  return rows.length === 0
    ? []
    : [
        `.SS "${escaped(group.replace(/:$/, ''))}"`,
        ...rows.flatMap((row) => [...optionLines(manualOption(row)), ...takenBy(row)]),
      ];
}

/** Which of `-s`, `-c`, `-x` and `lab` take an option that some of them do not. */
function takenBy({ roles }: OptionRow): readonly string[] {
  const all = Object.entries(ROLE_NAMES);
  const names = all.flatMap(([role, name]) => (roles.some((one) => one === role) ? [name] : []));
  return names.length === all.length ? [] : [`(${escaped(names.join(', '))})`];
}

function optionLines({ names, value, help }: ManualOption): readonly string[] {
  const bold = names.map((name) => `\\fB${escaped(name)}\\fR`).join(', ');
  return ['.TP', value === null ? bold : `${bold} \\fI${escaped(value)}\\fR`, filled(help)];
}

function commandLines(command: ManualCommand): readonly string[] {
  return [
    `.SS "winze ${escaped(command.words.join(' '))}"`,
    filled(`${command.about.charAt(0).toUpperCase()}${command.about.slice(1)}.`),
    ...command.options.flatMap(optionLines),
  ];
}

function exampleLines(): readonly string[] {
  const all = [...TOPICS, WHOLE_TOPIC].flatMap(({ examples }) => examples);
  const once = all.filter(([line], i) => all.findIndex(([other]) => other === line) === i);
  return once.flatMap(([line, meaning]) => ['.TP', `.B ${escaped(line)}`, filled(meaning)]);
}

function reference(page: string, after: string): string {
  const [, name = '', section = ''] = /^(.*)\((\d)\)$/.exec(page) ?? [];
  return `.BR ${escaped(name)} (${section})${after}`;
}
