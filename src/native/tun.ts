/**
 * A TUN device: a network interface whose packets this process reads and writes.
 *
 * With `vnetHeader` each packet is preceded by a virtio-net header of 10 octets, and TCP and UDP packets of up to
 * 64 KiB may be read and written that stand for many (GSO). The device exists as long as the descriptor: when the
 * process ends, for whatever reason, the device is removed.
 *
 * @see Documentation/networking/tuntap.rst of Linux
 * @module
 */
import { NetError } from '../core/errors.ts';
import { IFF, O_CLOEXEC, O_NONBLOCK, O_RDWR, TUN_IOCTL, TUN_OFFLOAD } from './constants.ts';
import type { Libc } from './libc.ts';

const CLONE_DEVICE = '/dev/net/tun';
/** struct ifreq: 16 octets of name, then a union. */
const IFREQ_BYTES = 40;
const NAME_BYTES = 16;

/** Names of devices that the kernel and wg-quick(8) accept: at most 15 octets. */
export const DEVICE_NAME = /^[a-zA-Z0-9_=+.-]{1,15}$/;

/** A TUN device that was created, and its descriptor. The caller closes it. */
export interface TunDevice {
  readonly fd: number;
  /** Name that the kernel assigned: `wg%d` becomes `wg0`. */
  readonly name: string;
  readonly vnetHeader: boolean;
  /** Whether the kernel accepts UDP packets that stand for many (USO, Linux 6.2). */
  readonly udpSegmentation: boolean;
}

/**
 * Creates a TUN device, down and without an address, with a non-blocking descriptor.
 *
 * @throws NetError `ERR_USAGE` for a bad name; `ERR_UNSUPPORTED` with what is missing: the device file, the privilege,
 *   a free name
 */
export function openTun(libc: Libc, name: string, vnetHeader: boolean): TunDevice {
  if (!DEVICE_NAME.test(name)) {
    throw new NetError('ERR_USAGE', `"${name}" cannot be the name of a device: 1 to 15 of letters, digits and _=+.-`);
  }
  const fd = libc.open(CLONE_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) throw new NetError('ERR_UNSUPPORTED', openFailure(libc.errno()));
  const { bytes, view, address } = libc.scratch;
  bytes.fill(0, 0, IFREQ_BYTES);
  bytes.set(new TextEncoder().encode(name));
  view.setUint16(NAME_BYTES, IFF.tun | IFF.noPacketInfo | (vnetHeader ? IFF.vnetHeader : 0), true);
  if (libc.ioctl(fd, TUN_IOCTL.setInterface, address) !== 0) {
    const reason = libc.errno();
    libc.close(fd);
    throw new NetError('ERR_UNSUPPORTED', createFailure(name, reason));
  }
  const given = new TextDecoder().decode(bytes.subarray(0, NAME_BYTES)).replace(/\0.*$/s, '');
  return { fd, name: given, vnetHeader, udpSegmentation: vnetHeader && acceptSuperPackets(libc, fd) };
}

/** Tells the kernel that packets may be read without checksums and not segmented. Returns whether that includes UDP. */
function acceptSuperPackets(libc: Libc, fd: number): boolean {
  const tcp = TUN_OFFLOAD.checksum | TUN_OFFLOAD.tso4 | TUN_OFFLOAD.tso6;
  if (libc.ioctl(fd, TUN_IOCTL.setOffload, tcp | TUN_OFFLOAD.uso4 | TUN_OFFLOAD.uso6) === 0) return true;
  libc.ioctl(fd, TUN_IOCTL.setOffload, tcp);
  return false;
}

function openFailure(reason: string): string {
  if (reason === 'ENOENT' || reason === 'ENODEV' || reason === 'ENXIO') {
    return `there is no ${CLONE_DEVICE}: load the module (modprobe tun), or give the container the device`;
  }
  if (reason === 'EMFILE' || reason === 'ENFILE') {
    return `cannot open ${CLONE_DEVICE}: ${reason}; too many files are open: raise the limit (ulimit -n)`;
  }
  if (reason === 'EBUSY') return `cannot open ${CLONE_DEVICE}: ${reason}; another program has it for itself alone`;
  return `cannot open ${CLONE_DEVICE}: ${reason}; run as root, or with CAP_NET_ADMIN, and let the container use the device`;
}

function createFailure(name: string, reason: string): string {
  if (reason === 'EPERM') return `cannot make the device ${name}: EPERM; run as root, or with CAP_NET_ADMIN`;
  if (reason === 'EBUSY') return `there is a device ${name} already: is the tunnel up? (ip link show ${name})`;
  // tun_set_iff() returns this for a device of another kind, and for a name that the kernel reserves.
  if (reason === 'EINVAL') {
    return `there is a device ${name} already that is no tunnel's, or the kernel takes no such name (ip link show ${name}): call the file otherwise, or remove that device`;
  }
  return `cannot make the device ${name}: ${reason}; ip link show ${name} tells whether there is one, dmesg what the kernel says`;
}
