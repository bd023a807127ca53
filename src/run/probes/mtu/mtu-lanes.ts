/**
 * Results of several searches for the path MTU beside each other.
 *
 * @module
 */
import type { NetError } from '../../../core/errors.ts';
import type { MtuResult } from '../../../core/shapes/path/mtu.ts';
import type { ProbeRequest } from '../../../core/shapes/path/probe-spec.ts';

/** The result of a search that could not begin, beside others that could. */
export function failedMtu({ protocol, target, source, via }: ProbeRequest, { code, message }: NetError): MtuResult {
  return {
    test: 'mtu',
    protocol,
    family: target.family,
    source,
    via,
    address: target.address,
    port: protocol === 'icmp' ? null : target.port,
    method: 'none',
    complete: false,
    error: { code, message },
    warnings: [],
    duration_ns: 0,
    path_mtu_bytes: null,
    forward: null,
    backward: null,
    tcp: null,
    wireguard: [],
    tunnel_device: null,
    findings: [],
    compared: null,
  };
}

/** Adds to each result how it compares with the first one. */
export function comparedMtus([base, ...others]: readonly MtuResult[]): readonly MtuResult[] {
  if (base === undefined) return [];
  const { source, family, address, path_mtu_bytes: size } = base;
  const compared = others.map((result): MtuResult => {
    const { path_mtu_bytes: own } = result;
    const difference = own === null || size === null ? null : own - size;
    return { ...result, compared: { source, family, address, mtu_difference_bytes: difference } };
  });
  return [base, ...compared];
}
