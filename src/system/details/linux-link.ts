/**
 * The network device of a route on Linux, from sysfs, iw(8) and /proc/net/wireless.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { LinkFacts, WirelessFacts } from '../../core/shapes/host-details.ts';
import { deviceDirectory, readText, SYSTEM_ROOTS, type SystemRoots } from '../files/kernel-files.ts';
import { channelOfFrequency } from './channels.ts';
import type { Information } from './information.ts';
import { informedWireless } from './link-facts.ts';
import { rateOf } from './values.ts';

const IW_LIMIT_MS = 1000;

/** Runs `iw dev DEVICE link` and returns its output. Rejects where iw is missing. */
export type AskIw = (device: string) => Promise<string>;

/**
 * Reads the facts about a device. Never rejects.
 *
 * @returns `null` for a device that sysfs does not show: it does not exist, or belongs to another network namespace
 */
export async function linuxLink(
  device: string,
  information: Information,
  roots: SystemRoots = SYSTEM_ROOTS,
  askIw: AskIw = runIw,
): Promise<LinkFacts | null> {
  const directory = deviceDirectory(device, roots);
  if (directory === null) return null;
  // `phy80211` is created by cfg80211 for every wireless device, with or without Wireless Extensions in the kernel.
  const isWireless = existsSync(join(directory, 'phy80211')) || existsSync(join(directory, 'wireless'));
  const driver = driverOf(directory);
  const duplex = readText(join(directory, 'duplex'))?.trim();
  return {
    medium: isWireless ? 'wireless' : driver === null ? 'virtual' : 'wired',
    driver,
    duplex: duplex === 'full' || duplex === 'half' ? duplex : null,
    // The speed is -1 where the driver does not know it, as in most virtual machines.
    speed_bps: isWireless ? null : rateOf(readText(join(directory, 'speed'))?.trim()),
    wireless: isWireless ? await wirelessOf(device, information, roots, askIw) : null,
  };
}

/** Each source fills in the fields that the sources before it do not have. */
async function wirelessOf(
  device: string,
  information: Information,
  roots: SystemRoots,
  askIw: AskIw,
): Promise<WirelessFacts> {
  const iw = parseIwLink(await askIw(device).catch(() => ''));
  const signal_dbm = iw.signal_dbm ?? parseProcWireless(readText(join(roots.proc, 'net/wireless')) ?? '', device);
  if (signal_dbm !== null && iw.channel !== null) return { ...iw, signal_dbm };
  const informed = await informedWireless(device, information);
  const channel = iw.channel === null ? informed : iw;
  return {
    ...iw,
    signal_dbm: signal_dbm ?? informed.signal_dbm,
    channel: channel.channel,
    band_ghz: channel.band_ghz,
    tx_rate_bps: iw.tx_rate_bps ?? informed.tx_rate_bps,
  };
}

/**
 * Parses the output of `iw dev DEVICE link` (link.c of iw): `signal: -78 dBm`, `tx bitrate: 24.0 MBit/s`, `freq: 2412`.
 */
export function parseIwLink(text: string): WirelessFacts {
  const number = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1];
  const signal = number(/^\s*signal: (-\d+)(?:\.\d+)? dBm/m);
  const frequency = number(/^\s*freq: (\d+)/m);
  return {
    signal_dbm: signal === undefined ? null : Number(signal),
    ...channelOfFrequency(Number(frequency ?? Number.NaN)),
    tx_rate_bps: rateOf(number(/^\s*tx bitrate: ([\d.]+) MBit\/s/m)),
    rx_rate_bps: rateOf(number(/^\s*rx bitrate: ([\d.]+) MBit\/s/m)),
  };
}

/**
 * Parses the signal of a device from the text of /proc/net/wireless (net/wireless/wext-proc.c):
 * `wlan0: 0000   32.  -78.  -256 …`, status, quality, level. The level is in dBm only where it is negative; other
 * drivers use units of their own, for which the result is `null`.
 */
export function parseProcWireless(text: string, device: string): number | null {
  const line = text.split('\n').find((one) => one.trimStart().startsWith(`${device}:`));
  const level = Number(/:\s+\S+\s+\S+\s+(-\d+)/.exec(line ?? '')?.[1] ?? Number.NaN);
  // -256 means that there is no value.
  return level > -200 ? level : null;
}

function driverOf(directory: string): string | null {
  try {
    return basename(readlinkSync(join(directory, 'device/driver')));
  } catch {
    // No hardware behind it: it is a virtual device.
    return null;
  }
}

async function runIw(device: string): Promise<string> {
  return (await promisify(execFile)('iw', ['dev', device, 'link'], { timeout: IW_LIMIT_MS })).stdout;
}
