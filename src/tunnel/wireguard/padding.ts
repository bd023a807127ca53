/**
 * Length of a packet with padding: to a multiple of 16, but not beyond the MTU (whitepaper §5.4.6; the kernel's
 * `calculate_skb_padding`).
 *
 * @param mtu - MTU of the tunnel device; 0 for none
 */
export function paddedBytes(length: number, mtu: number): number {
  const last = mtu > 0 && length > mtu ? length % mtu : length;
  const aligned = (last + 15) & ~15;
  return length - last + (mtu > 0 && aligned > mtu ? mtu : aligned);
}
