/**
 * strongSwan of Debian in a machine: a charon in each of two namespaces, near and far, which agree on keys by IKEv2 and give
 * them to the kernel's ESP. Its packages are unpacked in the cache; neither the host nor the machine has it installed.
 *
 * Each charon has a `/run` of its own, for its pid and its socket: seen from outside, `/run/ike/near` and `/run/ike/far`.
 *
 * @module
 */
import { join } from 'node:path';
import { inCache, unpackPackages } from './cache.mjs';

/** Of its libraries the host has libgmp, as coreutils wants it. */
const PACKAGES = ['strongswan-charon', 'strongswan-libcharon', 'strongswan-swanctl', 'libstrongswan'];
/** Where they look for one another, whatever folder they are in. */
const LIBRARIES = '/usr/lib/ipsec';
const ENDS = ['near', 'far'] as const;

/** What is agreed on inside the one IKE SA that both ends have. */
export interface ChildSa {
  readonly name: string;
  /** Of ESP, as swanctl.conf(5) names it. */
  readonly proposal: string;
  /** Whose packets it is for: `{me}` and `{it}` are the last numbers of this end's addresses and of the other's. */
  readonly local: string;
  readonly remote: string;
  /** Of the device xfrm; `null`: for packets through any other. */
  readonly ifId: number | null;
}

/** A part of a script: both ends agree, from 192.0.2.1 to 192.0.2.2. */
export function ikeLines(children: readonly ChildSa[]): string {
  const folder = inCache('strongswan', 'strongSwan of Debian', (to) => unpackPackages(PACKAGES, to));
  const swanctl = `SWANCTL_DIR=/run/ike STRONGSWAN_CONF=/run/ike/near/strongswan.conf ${join(folder, 'usr/sbin/swanctl')}`;
  return [
    `ln -sfn ${join(folder, LIBRARIES)} ${LIBRARIES}`,
    ...ENDS.map((end) => begin(end, children)),
    'fail() { cat /run/ike/swanctl /run/ike/*/output /run/ike/*/log >&2; exit 1; }',
    `swanctl() { ${swanctl} "$@" >>/run/ike/swanctl 2>&1 || fail; }`,
    `for end in ${ENDS.join(' ')}; do
      turns=0
      until [ -S /run/ike/$end/charon.vici ]; do sleep 0.1; turns=$((turns + 1)); [ $turns -lt 600 ] || fail; done
    done`,
    ...ENDS.map((end) => `swanctl --load-all --noprompt --file /run/ike/${end}/swanctl.conf --uri ${socketOf(end)}`),
    ...children.map(({ name }) => `swanctl --initiate --child ${name} --timeout 60 --uri ${socketOf('near')}`),
  ].join('\n');
}

const socketOf = (end: string): string => `unix:///run/ike/${end}/charon.vici`;

function begin(end: (typeof ENDS)[number], children: readonly ChildSa[]): string {
  const charon = `mount --bind /run/ike/${end} /run && exec env STRONGSWAN_CONF=/run/strongswan.conf ${LIBRARIES}/charon`;
  return `
    mkdir -p /run/ike/${end}
    cat >/run/ike/${end}/strongswan.conf <<'END'\n${STRONGSWAN_CONF}\nEND
    cat >/run/ike/${end}/swanctl.conf <<'END'\n${swanctlConf(end, children)}\nEND
    ip netns exec ${end} sh -c '${charon}' >/run/ike/${end}/output 2>&1 &`;
}

/** What else Debian loads takes its time under emulation. */
const STRONGSWAN_CONF = `
charon {
  load = random nonce aes sha1 sha2 hmac kdf gmp kernel-netlink socket-default vici
  filelog {
    log {
      path = /run/log
      flush_line = yes
    }
  }
}
swanctl {
  load = random nonce
}`;

function swanctlConf(end: (typeof ENDS)[number], children: readonly ChildSa[]): string {
  const [me, it, other] = end === 'near' ? [1, 2, 'far'] : [2, 1, 'near'];
  const sections = children.map(({ name, proposal, local, remote, ifId }) => {
    const ids = ifId === null ? '' : `if_id_in = ${ifId}\n if_id_out = ${ifId}`;
    return `${name} {\n local_ts = ${local}\n remote_ts = ${remote}\n esp_proposals = ${proposal}\n ${ids}\n}`;
  });
  return `
connections {
  between {
    version = 2
    mobike = no
    local_addrs = 192.0.2.{me}
    remote_addrs = 192.0.2.{it}
    proposals = aes128-sha256-modp2048
    local { auth = psk\n id = ${end}\n }
    remote { auth = psk\n id = ${other}\n }
    children {
      ${sections.join('\n')}
    }
  }
}
secrets {
  ike { id-1 = near\n id-2 = far\n secret = "of both ends"\n }
}`
    .replaceAll('{me}', `${me}`)
    .replaceAll('{it}', `${it}`);
}

/** The SPI of packets that an end sends, by the algorithm that the kernel has. @param states - as `ip xfrm state` prints them */
export function spiOf(states: string, sender: string, algorithm: string): string {
  const state = states.split(/^(?=src )/m).find((one) => one.startsWith(`src ${sender} `) && one.includes(algorithm));
  const spi = /\bspi (0x[0-9a-f]+)/.exec(state ?? '')?.[1];
  if (spi === undefined) throw new Error(`no state of ${algorithm} from ${sender}:\n${states}`);
  return spi;
}
