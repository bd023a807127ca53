/**
 * The completion script for fish.
 *
 * @module
 */
import { briefly, commandsBelow, firstWords, type Manual, type ManualOption, meaningOf, type Offer } from './manual.ts';

/** The whole script. */
export function fishCompletion(manual: Manual): string {
  const roles = manual.roles.flatMap(({ role, options }) => options.map((option) => optionLine(role, option, false)));
  const programs = manual.commands.flatMap(({ words, options }) =>
    options.map((option) => optionLine(words.join(' '), option, true)),
  );
  const lines = [
    'complete -c winze -f',
    ...firstWords(manual).map(([word, about]) => wordLine('', [word], about)),
    wordLine('help', manual.topics, 'topic'),
    ...manual.start.map((option) => optionLine('', option, false)),
    ...roles,
    ...operandLines(manual),
    ...programs,
  ];
  return `${head(manual)}\n${lines.join('\n')}\n`;
}

function head(manual: Manual): string {
  const programs = manual.commands.filter(({ words }) => words.length === 1).map(({ words }) => words[0] ?? '');
  const dispatchers = programs.filter((word) => commandsBelow(manual, word).length > 0);
  const below = dispatchers.flatMap((word) => commandsBelow(manual, word).map(({ words }) => `'${words.join(' ')}'`));
  const roles = manual.roles
    .filter(({ role }) => role !== 'lab')
    .map(({ role, chosenBy }) => {
      const names = chosenBy.flatMap((name) => [name, `'${name}=*'`]);
      return `                case ${names.join(' ')}\n                    set found ${role}`;
    });
  return `# Completion of winze for fish. Made from the options by manual.mjs: change those, not this file.

# Whether the words so far are for this command: its words, or what the options choose to be.
function __winze_is
    set -l words (commandline -opc)
    set -l found ''
    if set -q words[2]; and contains -- $words[2] lab help ${programs.join(' ')}
        set found $words[2]
        if set -q words[3]; and contains -- "$words[2] $words[3]" ${below.join(' ')}
            set found "$words[2] $words[3]"
        end
    else
        for word in $words[2..-1]
            switch $word
${roles.join('\n')}
            end
        end
    end
    test "$found" = "$argv[1]"
end

# Words of a list with commas between them: those that are not in it yet.
function __winze_list
    set -l typed (commandline -ct | string replace -r '^-[^=]*=' '')
    set -l before (string match -r '^.*,' -- $typed)
    for word in $argv
        contains -- (string replace -r '\\t.*' '' -- $word) (string split , -- $typed); or echo "$before$word"
    end
end

function __winze_devices
    for path in /sys/class/net/*/
        string replace -r '^.*/([^/]+)/$' '$1' $path
    end
end

function __winze_congestion
    if test -r /proc/sys/net/ipv4/tcp_available_congestion_control
        string split ' ' < /proc/sys/net/ipv4/tcp_available_congestion_control
    else
        printf '%s\\n' cubic reno bbr
    end
end

# Configurations of wg-quick(8), and names of those in its folder.
function __winze_configs
    for path in /etc/wireguard/*.conf
        string replace -r '^.*/(.*)\\.conf$' '$1' $path
    end
    __fish_complete_suffix .conf
end
`;
}

function condition(command: string): string {
  return `-n '__winze_is ${command === '' ? '""' : command.includes(' ') ? `"${command}"` : command}'`;
}

function wordLine(command: string, words: readonly string[], about: string): string {
  // A word of its own only comes first.
  const first = command === '' ? "-n 'test (count (commandline -opc)) -eq 1'" : condition(command);
  return `complete -c winze ${first} -a ${quote(words.join(' '))} -d ${quote(about)}`;
}

/** @param isBundled - letters may be bundled */
function optionLine(command: string, { names, value, offer, help }: ManualOption, isBundled: boolean): string {
  const spelled = names.map((name) => {
    if (name.startsWith('--')) return `-l ${name.slice(2)}`;
    // What fish calls an old-style option, which is never bundled with others.
    return isBundled && name.length === 2 ? `-s ${name.slice(1)}` : `-o ${name.slice(1)}`;
  });
  const takes = value === null ? '' : offer.tag === 'file' ? ' -r -F' : ` -x${offers(offer, help)}`;
  return `complete -c winze ${condition(command)} ${spelled.join(' ')}${takes} -d ${quote(briefly(help))}`;
}

function operandLines(manual: Manual): readonly string[] {
  return manual.commands.flatMap(({ words, operands }) => {
    const below = words.length > 1 ? [] : commandsBelow(manual, words[0] ?? '');
    if (below.length > 0) {
      return below.map((command) => wordLine(words[0] ?? '', [command.words.at(-1) ?? ''], briefly(command.about)));
    }
    const [first] = operands;
    if (first === undefined || first.offer.tag === 'nothing') return [];
    return [`complete -c winze ${condition(words.join(' '))}${offers(first.offer)}`];
  });
}

/** What is offered: files only where it says so. */
function offers(offer: Offer, help = ''): string {
  switch (offer.tag) {
    case 'words': {
      const words = offer.words.map((word) => `${word}\\t"${meaningOf(word, help)}"`).join(' ');
      return ` -a ${quote(offer.isList ? `(__winze_list ${words})` : words)}`;
    }
    case 'file':
      return ' -F';
    case 'config':
      return " -a '(__winze_configs)'";
    case 'device':
      return " -a '(__winze_devices)'";
    case 'host':
      return " -a '(__fish_print_hostnames)'";
    case 'congestion':
      return " -a '(__winze_congestion)'";
    case 'nothing':
      return '';
    default:
      return offer satisfies never;
  }
}

/** A text in single quotes. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
