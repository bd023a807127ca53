/**
 * Functions of the completion script for bash that are the same whatever the options are.
 *
 * @module
 */

/** The beginning: functions that offer words, files and what this host has. */
export const BASH_HELPERS = `# Completion of winze for bash. Made from the options by manual.mjs: change those, not this file.
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

/** The end: the function that bash calls. It finds the command and the option before the cursor. */
export const BASH_MAIN = `
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
