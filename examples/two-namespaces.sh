#!/bin/bash
# A line and a WireGuard tunnel on it, inside this machine: two network namespaces joined by a veth pair,
# wireguard-go in each. Needs root, and iproute2; for `up` wireguard-go and wireguard-tools too.
#
#   examples/two-namespaces.sh up [RATE]     make it; RATE as in tc: 100mbit
#   examples/two-namespaces.sh line [RATE]   make the line alone, for a tunnel of your own
#   examples/two-namespaces.sh inside        add a network that only the far end is on, as 192.168.50.1, with
#                                            a host, 192.168.50.10, that has no routes to anywhere else
#   examples/two-namespaces.sh near CMD…     run a command at 192.0.2.1 (in the tunnel 10.0.0.1)
#   examples/two-namespaces.sh far CMD…      run a command at 192.0.2.2 (in the tunnel 10.0.0.2)
#   examples/two-namespaces.sh host CMD…     run a command at 192.168.50.10
#   examples/two-namespaces.sh mtu BYTES     set the MTU of the tunnel, on both ends
#   examples/two-namespaces.sh down          remove it all
#
# A CMD that begins with `winze` is the winze of this folder. NAME=… in the environment gives the namespaces
# another name, and DEVICE=… the tunnel's devices, to have two of these side by side.
set -euo pipefail

name=${NAME:-winze}
run=/run/two-namespaces-$name
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
tunnel() { echo "${DEVICE:-wg-${name:0:7}}-$1"; }

line() {
  ip netns add "$name-near"
  ip netns add "$name-far"
  ip link add veth0 netns "$name-near" type veth peer name veth0 netns "$name-far"
  ip -n "$name-near" addr add 192.0.2.1/24 dev veth0
  ip -n "$name-far" addr add 192.0.2.2/24 dev veth0
  for side in near far; do
    ip -n "$name-$side" link set lo up
    ip -n "$name-$side" link set veth0 up
    if [ $# -gt 0 ]; then tc -n "$name-$side" qdisc add dev veth0 root tbf rate "$1" burst 32k latency 20ms; fi
  done
}

inside() {
  ip netns add "$name-host"
  ip link add veth1 netns "$name-far" type veth peer name veth0 netns "$name-host"
  ip -n "$name-far" addr add 192.168.50.1/24 dev veth1
  ip -n "$name-host" addr add 192.168.50.10/24 dev veth0
  ip -n "$name-far" link set veth1 up
  ip -n "$name-host" link set veth0 up
  # As on a host that is no router; a new namespace has what this machine has.
  ip netns exec "$name-far" sysctl -qw net.ipv4.ip_forward=0
}

up() {
  mkdir -p "$run"
  line "$@"
  end near 1
  end far 2
  (umask 077 && wg genkey >"$run/near.key" && wg genkey >"$run/far.key")
  peer near 1 far 2
  peer far 2 near 1
  ip netns exec "$name-near" ping -q -c 2 -W 3 10.0.0.2 >/dev/null
  echo "two ends: 192.0.2.1 and 192.0.2.2, in the tunnel 10.0.0.1 and 10.0.0.2"
}

# end SIDE NUMBER: a tunnel device without a peer.
end() {
  local ns=$name-$1 device
  device=$(tunnel "$1")
  ip netns exec "$ns" wireguard-go -f "$device" >"$run/$1.log" 2>&1 </dev/null &
  echo $! >"$run/$1.pid"
  until [ -S "/var/run/wireguard/$device.sock" ]; do
    kill -0 "$(cat "$run/$1.pid")" 2>/dev/null || { cat "$run/$1.log" >&2; exit 1; }
    sleep 0.1
  done
  ip -n "$ns" addr add "10.0.0.$2/24" dev "$device"
  ip -n "$ns" link set "$device" mtu 1420 up
}

# peer SIDE NUMBER OTHER-SIDE OTHER-NUMBER
peer() {
  ip netns exec "$name-$1" wg set "$(tunnel "$1")" private-key "$run/$1.key" listen-port 51820 \
    peer "$(wg pubkey <"$run/$3.key")" allowed-ips 10.0.0.0/24 endpoint "192.0.2.$4:51820"
}

down() {
  for side in near far host; do
    # wireguard-go takes its device and its control socket with it.
    if [ -f "$run/$side.pid" ]; then kill "$(cat "$run/$side.pid")" 2>/dev/null || true; fi
    ip netns del "$name-$side" 2>/dev/null || true
  done
  rm -rf "$run"
}

case ${1:-} in
  up)
    shift
    trap 'down' ERR
    up "$@"
    ;;
  line)
    shift
    line "$@"
    echo "near 192.0.2.1 ---- 192.0.2.2 far"
    ;;
  inside)
    inside
    echo "far 192.168.50.1 ---- 192.168.50.10 host"
    ;;
  near | far | host)
    ns=$name-$1
    shift
    if [ "${1:-}" = winze ]; then set -- node "$root/bin/winze.js" "${@:2}"; fi
    exec ip netns exec "$ns" "$@"
    ;;
  mtu)
    for side in near far; do ip -n "$name-$side" link set "$(tunnel "$side")" mtu "$2"; done
    ;;
  down) down ;;
  *)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
