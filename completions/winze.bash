# Completion of winze for bash. Made from the options by manual.mjs: change those, not this file.
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
  if [[ $cur == *,* ]]; then before=${cur%,*},; fi
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
    path=${path##*/}
    if [[ $path != '*.conf' ]]; then _winze_words "${path%.conf}"; fi
  done
  _winze_lines -f -X '!*.conf'
  _winze_lines -d
}

_winze_devices() {
  local path
  for path in /sys/class/net/*; do
    if [[ -d $path ]]; then _winze_words "${path##*/}"; fi
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

# Sets the command: its words, or what the options choose to be.
_winze_command() {
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((i == 1)); then
      case $word in
        lab | help | tunnel | decode | capture | exporter | report | completion) command=$word ;;
      esac
      if [[ $command != '' ]]; then continue; fi
    fi
    case $command\ $word in
      tunnel\ genkey | tunnel\ pubkey | tunnel\ genpsk | tunnel\ check | tunnel\ up | tunnel\ device | tunnel\ show | tunnel\ down) command="$command $word" ;;
      \ -s | \ --server | \ -server) command=server ;;
      \ -c | \ --client | \ -client) command=client ;;
      \ -x | \ --external | \ -external) command=external ;;
    esac
  done
}

# Offers values of the option; fails if it has none.
_winze_value() {
  case "$command $1" in
    'external -t' | 'external -test') _winze_list l c pi tr mtr mtu; return ;;
  esac
  case $command in
    'tunnel up')
      case $1 in
        -keylog | -pid-file | -log-file) _winze_files ;;
        -threads) : ;;
        *) return 1 ;;
      esac
      ;;
    'tunnel device')
      case $1 in
        -pid-file | -log-file) _winze_files ;;
        -threads) : ;;
        *) return 1 ;;
      esac
      ;;
    'decode')
      case $1 in
        -html | -keys | -conf | -psk | -write) _winze_files ;;
        -c | -count | -decode-as | -filter | -threads) : ;;
        -embed-keys) _winze_words session all ;;
        *) return 1 ;;
      esac
      ;;
    'capture')
      case $1 in
        -html | -keys | -conf | -psk | -write) _winze_files ;;
        -c | -count | -decode-as | -s | -snaplen) : ;;
        -embed-keys) _winze_words session all ;;
        -i | -interface) _winze_devices ;;
        *) return 1 ;;
      esac
      ;;
    'exporter')
      case $1 in
        -c | -config) _winze_files ;;
        -listen) : ;;
        *) return 1 ;;
      esac
      ;;
    'report')
      case $1 in
        -format) _winze_words table md html csv json prom influx ;;
        *) return 1 ;;
      esac
      ;;
    '' | server | client | external | lab)
      case $1 in
        -c | -client | -x | -external | -via) _winze_hosts ;;
        -port | -ip | -max-clients | -max-rate | -max-duration | -max-held | -max-streams | -metrics | -dp | -decimals | -n | -streams | -l | -length | -b | -rate | -d | -duration | -bytes | -w | -warmup | -hold | -g | -gap | -interval | -i | -count | -hops | -paths | -rounds | -cport | -client-port | -tos | -window | -mss | -connect-timeout | -expect | -push | -T | -title | -delay | -loss | -mtu) : ;;
        -secret-file | -o | -output | -html | -push-token-file | -textfile) _winze_files ;;
        -engine) _winze_words auto portable ;;
        -p | -protocol) _winze_list tcp udp icmp ;;
        -t | -test) _winze_list b l p c pi tr mtr mtu ;;
        -from | -dev) _winze_devices ;;
        -dscp) _winze_words EF AF11 AF12 AF13 AF21 AF22 AF23 AF31 AF32 AF33 AF41 AF42 AF43 CS0 CS1 CS2 CS3 CS4 CS5 CS6 CS7 VA LE ;;
        -congestion) _winze_congestion ;;
        *) return 1 ;;
      esac
      ;;
    *) return 1 ;;
  esac
}

_winze_options() {
  case $command in
    '') _winze_words -s --server -c --client -x --external -h --help -v --version ;;
    'server') _winze_words -h --help -port --port -ip --ip -4 --ipv4 -6 --ipv6 --secret-file --engine -1 --one-off --max-clients --max-rate --max-duration --max-held --max-streams --allow-capture --metrics --json-stream -o --output -dp --decimals -ui --ui -q --quiet --no-host-facts --no-color --ascii -debug --debug -no --no-log ;;
    'client') _winze_words -h --help -p --protocol -t --test -r --reverse --bidir -n --streams -l --length -b --rate -d --duration --bytes -w --warmup --hold --tls --no-trial -g --gap --interval --rx-copy -i --count --hops --paths --both --no-names --via --rounds --during -port --port -ip --ip -4 --ipv4 -6 --ipv6 --from -cport --client-port --dev -tos --tos --dscp --congestion --window --mss --no-delay --dont-fragment --secret-file --connect-timeout --no-wait --engine --json --json-stream -o --output --html --expect --push --push-token-file --textfile -T --title -ncs --no-stream-rows -dp --decimals -ui --ui -q --quiet --no-host-facts --no-color --ascii -debug --debug -no --no-log ;;
    'external') _winze_words -h --help -p --protocol -t --test -n --streams -l --length -d --duration -w --warmup --tls -g --gap -i --count --hops --paths --both --no-names -ip --ip -4 --ipv4 -6 --ipv6 --from -cport --client-port --dev -tos --tos --dscp --connect-timeout --engine --json --json-stream -o --output --html --expect --push --push-token-file --textfile -T --title -ncs --no-stream-rows -dp --decimals -q --quiet --no-host-facts --no-color --ascii -debug --debug -no --no-log ;;
    'lab') _winze_words -h --help -b --rate -d --duration --delay --loss --mtu --nest --congestion --engine --json --json-stream -o --output --html --expect --push --push-token-file --textfile -T --title -q --quiet --no-host-facts --no-color --ascii -debug --debug -no --no-log ;;
    'tunnel') _winze_words -h --help ;;
    'tunnel genkey') _winze_words -h --help ;;
    'tunnel pubkey') _winze_words -h --help ;;
    'tunnel genpsk') _winze_words -h --help ;;
    'tunnel check') _winze_words --json --no-resolve -h --help ;;
    'tunnel up') _winze_words --json-stream --keylog --no-reresolve -q --quiet --daemon --pid-file --log-file --threads -h --help ;;
    'tunnel device') _winze_words -q --quiet --daemon --pid-file --log-file --threads -h --help ;;
    'tunnel show') _winze_words --json --dump --show-keys -h --help ;;
    'tunnel down') _winze_words -q --quiet -h --help ;;
    'decode') _winze_words --packets -v --verbose -x --hex --utc --json --json-stream --html -c --count --keys --conf --psk --decode-as --write --embed-keys --ascii --filter --threads -h --help ;;
    'capture') _winze_words --packets -v --verbose -x --hex --utc --json --json-stream --html -c --count --keys --conf --psk --decode-as --write --embed-keys --ascii -i --interface -s --snaplen -h --help ;;
    'exporter') _winze_words -c --config --listen -h --help ;;
    'report') _winze_words --format --compare -h --help ;;
    'completion') _winze_words -h --help ;;
  esac
}

_winze_operand() {
  case $command in
    '')
      if ((COMP_CWORD == 1)); then _winze_words lab tunnel decode capture exporter report completion help; fi
      _winze_options
      ;;
    server | client | external | lab) _winze_options ;;
    help) if ((COMP_CWORD == 2)); then _winze_words test path compare server lab sockets output values tunnel decode capture exporter report completion all; fi ;;
    tunnel) _winze_words genkey pubkey genpsk check up device show down ;;
    'tunnel check') _winze_configs ;;
    'tunnel up') _winze_configs ;;
    'tunnel show') _winze_devices ;;
    'tunnel down') _winze_configs ;;
    'decode') _winze_files ;;
    'report') _winze_files ;;
    'completion') _winze_words bash zsh fish ;;
  esac
}

_winze() {
  local cur option before='' command='' i word
  COMPREPLY=()
  cur=${COMP_WORDS[COMP_CWORD]}
  option=${COMP_WORDS[COMP_CWORD - 1]}
  # bash parts words at "=", unless COMP_WORDBREAKS is without it.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $option == '=' ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ $cur == -*=* ]]; then
    option=${cur%%=*} before=${cur%%=*}= cur=${cur#*=}
  fi
  _winze_command
  # One dash or two are the same.
  option=${option#-}
  if _winze_value "-${option#-}"; then
    :
  elif [[ $cur == -* ]]; then
    _winze_options
  else
    _winze_operand
  fi
  if [[ $before != '' ]]; then
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=$before${COMPREPLY[i]}; done
  fi
}

complete -F _winze winze
