/**
 * The completion script for bash, from 3.2 on, which macOS has. It needs nothing of the package bash-completion.
 *
 * @module
 */
import { commandsBelow, firstWords, type Manual, type ManualCommand, type ManualOption, type Offer } from './manual.ts';

const HEAD = `# Completion of winze for bash. Made from the options by manual.mjs: change those, not this file.
# shellcheck shell=bash

# Offers those of the words that begin with what is typed.
_winze_words() {
  local word
  for word in "$@"; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
  done
}

# Offers words of a list with commas between them: those that are not in it yet.
_winze_list() {
  local before='' word
  if [[ $cur == *,* ]]; then before=\${cur%,*},; fi
  for word in "$@"; do
    if [[ ,$before != *,"$word",* && $before$word == "$cur"* ]]; then COMPREPLY+=("$before$word"); fi
  done
}

# What compgen prints, one a line: names may have spaces.
_winze_lines() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$cur")
}

# Where bash can, it completes files by itself, and knows what has to be quoted.
_winze_files() {
  compopt -o default 2>/dev/null || _winze_lines -f
}

# Configurations of wg-quick(8), and names of those in its folder.
_winze_configs() {
  local path
  compopt -o filenames 2>/dev/null
  for path in /etc/wireguard/*.conf; do
    path=\${path##*/}
    if [[ $path != '*.conf' ]]; then _winze_words "\${path%.conf}"; fi
  done
  _winze_lines -f -X '!*.conf'
  _winze_lines -d
}

_winze_devices() {
  local path
  for path in /sys/class/net/*; do
    if [[ -d $path ]]; then _winze_words "\${path##*/}"; fi
  done
}

_winze_hosts() {
  _winze_lines -A hostname
}

_winze_congestion() {
  local names='cubic reno bbr'
  { read -r names </proc/sys/net/ipv4/tcp_available_congestion_control; } 2>/dev/null
  # shellcheck disable=SC2086
  _winze_words $names
}
`;

const MAIN = `
_winze() {
  local cur option before='' command='' i word
  COMPREPLY=()
  cur=\${COMP_WORDS[COMP_CWORD]}
  option=\${COMP_WORDS[COMP_CWORD - 1]}
  # bash parts words at "=", unless COMP_WORDBREAKS is without it.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $option == '=' ]]; then
    option=\${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $cur == -*=* ]]; then
    option=\${cur%%=*} before=\${cur%%=*}= cur=\${cur#*=}
  fi
  _winze_command
  # One dash or two are the same.
  option=\${option#-}
  if _winze_value "-\${option#-}"; then
    :
  elif [[ $cur == -* ]]; then
    _winze_options
  else
    _winze_operand
  fi
  if [[ $before != '' ]]; then
    for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=$before\${COMPREPLY[i]}; done
  fi
}

complete -F _winze winze
`;

/** The whole script. */
export function bashCompletion(manual: Manual): string {
  return [HEAD, commandFunction(manual), valueFunction(manual), optionsFunction(manual), operandFunction(manual)]
    .join('\n')
    .concat(MAIN);
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
  const roles = uniqueOptions([...manual.start, ...manual.roles.flatMap(({ options }) => options)]);
  const arms = manual.commands.map(({ words, options }) => valueArm(`'${words.join(' ')}'`, options));
  return `# Offers values of the option; fails if it has none.
_winze_value() {
  case $command in
${arms.filter((arm) => arm !== '').join('\n')}
    '' | ${manual.roles.map(({ role }) => role).join(' | ')})
${valueCase(roles)}
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
  const byCall = new Map<string, string[]>();
  for (const { names, value, offer } of options) {
    if (value === null) continue;
    const oneDash = new Set(names.map((name) => name.replace(/^--/, '-')));
    const call = offerCall(offer);
    byCall.set(call, [...(byCall.get(call) ?? []), ...oneDash]);
  }
  const lines = Array.from(byCall, ([call, names]) => `        ${names.join(' | ')}) ${call} ;;`);
  return ['      case $1 in', ...lines, '        *) return 1 ;;', '      esac'].join('\n');
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
  return [...new Map(options.map((option) => [option.names.join(), option])).values()];
}
