/**
 * The completion script for zsh: a file of `$fpath`, or read by `source`.
 *
 * @module
 */
import {
  briefly,
  commandsBelow,
  firstWords,
  type Manual,
  type ManualCommand,
  type ManualOption,
  type ManualRole,
  meaningOf,
  type Offer,
  type Operand,
} from './manual.ts';

const HEAD = `#compdef winze
# Completion of winze for zsh. Made from the options by manual.mjs: change those, not this file.

_winze_devices() {
  local -a names=(/sys/class/net/*(N-/:t))
  compadd -a names
}

_winze_congestion() {
  local -a names=(cubic reno bbr)
  [[ -r /proc/sys/net/ipv4/tcp_available_congestion_control ]] &&
    names=(\${=\${(f)"$(</proc/sys/net/ipv4/tcp_available_congestion_control)"}})
  compadd -a names
}

# Configurations of wg-quick(8), and names of those in its folder.
_winze_configs() {
  local -a names=(/etc/wireguard/*.conf(N:t:r))
  _alternative "names:name:compadd -a names" "files:file:_files -g '*.conf'"
}
`;

/** The whole script. */
export function zshCompletion(manual: Manual): string {
  return [HEAD, ...manual.roles.map((role) => roleFunction(manual, role)), ...programs(manual), main(manual)].join(
    '\n',
  );
}

/** The option that chose the role is known too, and so are further values of an option that takes several. */
function roleFunction({ start }: Manual, { role, chosenBy, options }: ManualRole): string {
  const choice = start.filter(({ names }) => names === chosenBy);
  const values = options.filter(({ isRepeated, offer }) => isRepeated && offer.tag !== 'nothing');
  const operands = values.map(({ value, offer }) => ({ value: `${value}...`, offer }));
  return argumentsFunction(role, [...choice, ...options], operands.slice(0, 1), true);
}

function programs(manual: Manual): readonly string[] {
  return manual.commands.map((command) => {
    const [word = ''] = command.words;
    const below = command.words.length > 1 ? [] : commandsBelow(manual, word);
    return below.length > 0
      ? dispatcher(word, below)
      : argumentsFunction(command.words.join('_'), command.options, command.operands, false);
  });
}

/** A command with commands below it. */
function dispatcher(word: string, below: readonly ManualCommand[]): string {
  const described = below.map(({ words, about }) => `    ${quote(`${words.at(-1)}:${briefly(about)}`)}`);
  return `_winze_${word}() {
  local -a commands=(
${described.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
    ${below.map(({ words }) => words.at(-1)).join('|')}) _winze_${word}_$words[1] ;;
  esac
}
`;
}

/** @param isRole - its options take their value after "=" whatever they are called */
function argumentsFunction(
  name: string,
  options: readonly ManualOption[],
  operands: readonly Operand[],
  isRole: boolean,
): string {
  const specs = [...options.flatMap((option) => optionSpecs(option, isRole)), ...operands.map(operandSpec)];
  return `_winze_${name}() {
  _arguments -S : \\
${specs.map((spec) => `    ${quote(spec)}`).join(' \\\n')}
}
`;
}

/** One for each name: `(-o --output)--output=[write what is printed]:FILE:_files`. */
function optionSpecs({ names, value, offer, help, isRepeated }: ManualOption, isRole: boolean): readonly string[] {
  const others = isRepeated ? '*' : names.length > 1 ? `(${names.join(' ')})` : '';
  const about = `[${bracketed(briefly(help))}]`;
  return names.map((name) => {
    if (value === null) return `${others}${name}${about}`;
    const joined = isRole || name.startsWith('--') ? '=' : '';
    return `${others}${name}${joined}${about}:${coloned(value)}:${action(offer, value, help)}`;
  });
}

function operandSpec({ value, offer }: Operand): string {
  const word = coloned(value.replace(/[[\].]/g, ''));
  const many = value.includes('...') ? '*' : value.startsWith('[') ? ':' : '';
  return `${many}:${word}:${action(offer, word)}`;
}

function action(offer: Offer, value: string, help = ''): string {
  switch (offer.tag) {
    case 'words':
      return offer.isList
        ? `_values -s , ${value} ${offer.words.map((word) => described(word, help)).join(' ')}`
        : `(${offer.words.join(' ')})`;
    case 'file':
      return '_files';
    case 'config':
      return '_winze_configs';
    case 'device':
      return '_winze_devices';
    case 'host':
      return '_hosts';
    case 'congestion':
      return '_winze_congestion';
    case 'nothing':
      return ' ';
    default:
      return offer satisfies never;
  }
}

/** `b[bandwidth]`, in quotes. */
function described(word: string, help: string): string {
  const meaning = meaningOf(word, help);
  return meaning === '' ? word : `"${word}[${bracketed(meaning)}]"`;
}

function main(manual: Manual): string {
  const first = firstWords(manual);
  const programWords = first.map(([word]) => word).filter((word) => word !== 'help');
  const chosen = manual.roles
    .filter(({ role }) => role !== 'lab')
    .map(({ role, chosenBy }) => `      ${chosenBy.flatMap((name) => [name, `${name}=*`]).join('|')}) role=${role} ;;`);
  const start = manual.start.flatMap((option) => optionSpecs(option, true));
  return `_winze() {
  local word role=''
  local -a commands=(
${first.map(([word, about]) => `    ${quote(`${word}:${about}`)}`).join('\n')}
  )
  if ((CURRENT > 2)); then
    case $words[2] in
      ${programWords.join('|')})
        shift words
        ((CURRENT--))
        _winze_$words[1]
        return
        ;;
      help)
        ((CURRENT == 3)) && compadd ${manual.topics.join(' ')}
        return
        ;;
    esac
  fi
  for word in \${words[2,CURRENT-1]}; do
    case $word in
${chosen.join('\n')}
    esac
  done
  if [[ -n $role && $words[CURRENT-1] != (${['client', 'external'].flatMap((role) => manual.roles.find((one) => one.role === role)?.chosenBy ?? []).join('|')}) ]]; then
    _winze_$role
    return
  fi
  ((CURRENT == 2)) && [[ $PREFIX != -* ]] && _describe command commands
  _arguments -S : \\
${start.map((spec) => `    ${quote(spec)}`).join(' \\\n')}
}

if [[ $funcstack[1] == _winze ]]; then
  _winze "$@"
else
  compdef _winze winze
fi
`;
}

/** A text in single quotes. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bracketed(text: string): string {
  return text.replace(/[[\]]/g, '\\$&');
}

function coloned(text: string): string {
  return text.replaceAll(':', '\\:');
}
