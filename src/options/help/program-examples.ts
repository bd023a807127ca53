/**
 * What the help pages of the programs with options of their own say after their options.
 *
 * @module
 */

/** For `winze tunnel --help`. */
export const TUNNEL_EXAMPLES = `
Examples:
  winze tunnel genkey | tee key | winze tunnel pubkey
  winze tunnel check wg0.conf        what is wrong with the file, line by line
  winze tunnel up wg0.conf           until Ctrl-C, or: winze tunnel down wg0
  winze tunnel up --daemon wg0       goes on without a terminal
  winze tunnel show                  all WireGuard devices, whoever made them

A CONF is a file NAME.conf, or the NAME of one in /etc/wireguard. The commands,
and what the messages mean: docs/tunnel.md. All know --ascii, as winze does.

Exit status: 0 ok; 1 check found an error; 2 usage; 3 a name does not resolve;
5 privilege or component missing; 6 stopped before the tunnel was up.
`;

/** For `winze decode --help`. */
export const DECODE_EXAMPLES = `
Filters: host, net, port (with src or dst before them), tunnel [KIND],
peer ADDRESS[:PORT], session, vni, teid, spi, vlan, label, key, frame N-M,
error, or a layer's name; joined by and, or, not and brackets.

Examples:
  winze decode wg.pcap                        what is in it, what is wrong with
                                              its tunnels, what they cost
  winze decode --json wg.pcap | jq .findings
  winze decode --packets -c 20 wg.pcap        the first 20 packets, with what is
                                              inside the tunnels
  winze decode --packets --keys wg.keys wg.pcap
                                              what is inside WireGuard too
  winze decode --packets --filter 'tunnel vxlan and vni 7' a.pcapng
  winze decode left.pcap right.pcap           captures of both ends of a tunnel:
                                              loss and delay each way
  sudo tcpdump -i eth0 -w - | winze decode --packets -

Exit status: 0 ok; 2 usage; 5 a file may not be read, or the output not be
written; 6 interrupted, or a file that is damaged: what was read is printed.
`;

/** For `winze capture --help`. */
export const CAPTURE_EXAMPLES = `
The report comes with Ctrl-C. FILTER is libpcap's (pcap-filter(7)).

Examples:
  sudo winze capture -i eth0 'host 198.51.100.2 or icmp or icmp6'
                                               what is wrong with a tunnel to
                                               that host: a filter by port has
                                               no fragments, and no errors
  sudo winze capture -i eth0 --packets -c 20   the next 20 packets, with what is
                                               inside the tunnels
  sudo winze capture -i any -s 1700 udp        no more is needed without keys

Exit status: 0 ok; 2 usage; 5 capturing is not permitted, nothing here can
capture, or the output could not be written; 6 the capture broke off.
`;

/** For `winze completion --help`. */
export const COMPLETION_EXAMPLES = `
bash  winze completion bash > ~/.local/share/bash-completion/completions/winze
      or, without the package bash-completion, in ~/.bashrc:
      eval "$(winze completion bash)"
zsh   winze completion zsh > DIR/_winze, with a DIR of $fpath; or in ~/.zshrc,
      after compinit: source <(winze completion zsh)
fish  winze completion fish > ~/.config/fish/completions/winze.fish
`;

/** For `winze exporter --help`. */
export const EXPORTER_EXAMPLES = `
Examples:
  winze exporter                  with the usual modules
  winze exporter --config modules.yml
  winze exporter --listen 192.0.2.1:9890

A scrape: http://127.0.0.1:9890/probe?target=HOST&module=mtu
Modules, metrics and dashboards: docs/metrics.md.

Exit status: 0 ok; 2 usage, or a file with a mistake.
`;

/** For `winze report --help`. */
export const REPORT_EXAMPLES = `
Examples:
  winze report result.json
  winze report --format csv result.json
  winze report --compare before.json after.json

Exit status: 0 ok; 2 usage, or a file that cannot be drawn (others are);
6 a stream without its end, of which the rows are drawn.
`;
