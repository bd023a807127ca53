/**
 * The completion script for bash, from 3.2 on, which macOS has. It needs nothing of the package bash-completion.
 *
 * @module
 */
import { BASH_HELPERS, BASH_MAIN } from './bash-functions.ts';
import { commandsBelow, firstWords, type Manual, type ManualCommand, type ManualOption, type Offer } from './manual.ts';

/** The whole script. */
export function bashCompletion(manual: Manual): string {
  return [
    BASH_HELPERS,
    commandFunction(manual),
    valueFunction(manual),
    optionsFunction(manual),
    operandFunction(manual),
  ]
    .join('\n')
    .concat(BASH_MAIN);
}

/** Sets `command` to the role, or to the words of the command. */
function commandFunction(manual: Manual): string {
  const programs = manual.commands.filter(({ words }) => words.length === 1).map(({ words }) => words[0] ?? '');
  const withCommands = programs.filter((word) => commandsBelow(manual, word).length > 0);
  const below = withCommands.flatMap((word) =>
    commandsBelow(manual, word).map(({ words }) => `${word}\\ ${words.at(-1)}`),
  );
  const roles = manual.roles.filter(({ role }) => role !== 'lab');
  return `# Sets the command: its words, or what the options choose to be.
_winze_command() {
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((i == 1)); then
      case $word in
        ${['lab', 'help', ...programs].join(' | ')}) command=$word ;;
      esac
      if [[ $command != '' ]]; then continue; fi
    fi
    case $command\\ $word in
      ${below.join(' | ')}) command="$command $word" ;;
${roles
  .map(
    ({ role, chosenBy }) =>
      `      ${spellings(chosenBy)
        .map((name) => `\\ ${name}`)
        .join(' | ')}) command=${role} ;;`,
  )
  .join('\n')}
    esac
  done
}
`;
}

/** Names as winze takes them: words with one dash or two. */
function spellings(names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => [name, `-${name.replace(/^--?/, '')}`]))];
}

/** Offers what the value of an option may be; fails for an option without one. */
function valueFunction(manual: Manual): string {
  const shared = uniqueOptions([...manual.start, ...manual.roles.flatMap(({ options }) => options)]);
  const arms = manual.commands.map(({ words, options }) => valueArm(`'${words.join(' ')}'`, options));
  // One role may take fewer words than the others.
  const calls = new Map(shared.map(({ names, offer }) => [names, offerCall(offer)]));
  const own = manual.roles.flatMap(({ role, options }) => {
    const differing = options.filter(({ names, offer }) => calls.get(names) !== offerCall(offer));
    return Array.from(namesByCall(differing), ([call, names]) => {
      const patterns = names.map((name) => `'${role} ${name}'`);
      return `    ${patterns.join(' | ')}) ${call}; return ;;`;
    });
  });
  return `# Offers values of the option; fails if it has none.
_winze_value() {
  case "$command $1" in
${own.join('\n')}
  esac
  case $command in
${arms.filter((arm) => arm !== '').join('\n')}
    '' | ${manual.roles.map(({ role }) => role).join(' | ')})
${valueCase(shared)}
      ;;
    *) return 1 ;;
  esac
}
`;
}

function valueArm(pattern: string, options: readonly ManualOption[]): string {
  return options.some(({ value }) => value !== null) ? `    ${pattern})\n${valueCase(options)}\n      ;;` : '';
}

function valueCase(options: readonly ManualOption[]): string {
  const lines = Array.from(namesByCall(options), ([call, names]) => `        ${names.join(' | ')}) ${call} ;;`);
  return ['      case $1 in', ...lines, '        *) return 1 ;;', '      esac'].join('\n');
}

/** Names with one dash of options that offer the same. */
function namesByCall(options: readonly ManualOption[]): ReadonlyMap<string, readonly string[]> {
  const byCall = new Map<string, string[]>();
  for (const { names, value, offer } of options) {
    if (value === null) continue;
    const oneDash = new Set(names.map((name) => name.replace(/^--/, '-')));
    const call = offerCall(offer);
    byCall.set(call, [...(byCall.get(call) ?? []), ...oneDash]);
  }
  return byCall;
}

function offerCall(offer: Offer): string {
  switch (offer.tag) {
    case 'words':
      return `${offer.isList ? '_winze_list' : '_winze_words'} ${offer.words.join(' ')}`;
    case 'file':
      return '_winze_files';
    case 'config':
      return '_winze_configs';
    case 'device':
      return '_winze_devices';
    case 'host':
      return '_winze_hosts';
    case 'congestion':
      return '_winze_congestion';
    case 'nothing':
      return ':';
    default:
      return offer satisfies never;
  }
}

function optionsFunction(manual: Manual): string {
  const arms = [
    ['', manual.start] as const,
    ...manual.roles.map(({ role, options }) => [role, options] as const),
    ...manual.commands.map(({ words, options }) => [words.join(' '), options] as const),
  ];
  const lines = arms.map(([command, options]) => {
    const names = options.flatMap((option) => option.names);
    return `    '${command}') _winze_words ${names.join(' ')} ;;`;
  });
  return `_winze_options() {
  case $command in
${lines.join('\n')}
  esac
}
`;
}

function operandFunction(manual: Manual): string {
  const first = firstWords(manual).map(([word]) => word);
  const lines = manual.commands.flatMap((command) => operandLine(manual, command));
  return `_winze_operand() {
  case $command in
    '')
      if ((COMP_CWORD == 1)); then _winze_words ${first.join(' ')}; fi
      _winze_options
      ;;
    ${manual.roles.map(({ role }) => role).join(' | ')}) _winze_options ;;
    help) if ((COMP_CWORD == 2)); then _winze_words ${manual.topics.join(' ')}; fi ;;
${lines.join('\n')}
  esac
}
`;
}

function operandLine(manual: Manual, { words, operands }: ManualCommand): readonly string[] {
  const below = words.length > 1 ? [] : commandsBelow(manual, words[0] ?? '');
  if (below.length > 0)
    return [`    ${words[0]}) _winze_words ${below.map((command) => command.words.at(-1)).join(' ')} ;;`];
  const [first] = operands;
  if (first === undefined || first.offer.tag === 'nothing') return [];
  return [`    '${words.join(' ')}') ${offerCall(first.offer)} ;;`];
}

function uniqueOptions(options: readonly ManualOption[]): readonly ManualOption[] {
  return options.filter(({ names }, i) => options.findIndex((other) => other.names === names) === i);
}
