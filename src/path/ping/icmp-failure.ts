/**
 * The error that an ICMP message stands for, where the one of the kernel hides what happened.
 *
 * Linux has one error, EHOSTUNREACH, for a host that cannot be reached, for a TTL that ran out, and for a filter that
 * says so (icmp_err_convert in net/ipv4/icmp.c, icmpv6_err_convert in net/ipv6/icmp.c).
 *
 * @see RFC 792; RFC 1812 §5.2.7.1; RFC 4443 §3.1, §3.3
 * @module
 */

/** Type of "time exceeded". */
const EXCEEDED = { 4: 11, 6: 3 } as const;
/** Type and codes of "administratively prohibited"; for IPv6 also a failed policy, and a route that rejects. */
const PROHIBITED = { 4: { type: 3, codes: [9, 10, 13] }, 6: { type: 1, codes: [1, 5, 6] } } as const satisfies Record<
  4 | 6,
  { readonly type: number; readonly codes: readonly number[] }
>;

/**
 * The name of the error: `ETIME` for a TTL that ran out, `EACCES` for a filter, else that of the kernel.
 *
 * @param reason - name of the error that the kernel reports
 * @param icmp - the message; `null` if there was none
 */
export function icmpFailure(
  family: 4 | 6,
  reason: string,
  icmp: { readonly type: number; readonly code: number } | null,
): string {
  if (icmp === null) return reason;
  const { type, code } = icmp;
  if (type === EXCEEDED[family] && code === 0) return 'ETIME';
  const codes: readonly number[] = PROHIBITED[family].codes;
  return type === PROHIBITED[family].type && codes.includes(code) ? 'EACCES' : reason;
}
