import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bandOfChannel, channelOfFrequency } from '../../../../src/system/details/channels.ts';
import type { Information } from '../../../../src/system/details/information.ts';
import { informedLink } from '../../../../src/system/details/link-facts.ts';
import { linuxLink, parseIwLink, parseProcWireless } from '../../../../src/system/details/linux-link.ts';
import { fakeSystem, procNetDev } from '../fake-system.ts';

const never = async (): Promise<never> => {
  throw new Error('not to be asked for');
};
const NOTHING: Information = {
  cpu: never,
  system: never,
  osInfo: never,
  networkGatewayDefault: never,
  networkInterfaces: never,
  wifiConnections: never,
};

/** As iw 5.19 prints it for a station (its link.c and station.c). */
const IW = `Connected to 02:00:00:00:00:01 (on wlan0)
\tSSID: signal: -10 dBm
\tfreq: 2437
\tRX: 381240 bytes (2481 packets)
\tTX: 51013 bytes (324 packets)
\tsignal: -78 dBm
\trx bitrate: 36.0 MBit/s
\ttx bitrate: 24.0 MBit/s

\tbss flags:\tshort-preamble short-slot-time
`;

/** The table of /proc/net/wireless (net/wireless/wext-proc.c). */
const WIRELESS = `Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   32.  -78.  -256        0      0      0      0     12        0
 wlan1: 0000    0.   70.   0          0      0      0      0      0        0
 wlan2: 0000    0.  -256  -256        0      0      0      0      0        0
`;

describe('parseIwLink()', () => {
  test('reads signal, rates and channel', () => {
    expect(parseIwLink(IW.replace('SSID: signal: -10 dBm', 'SSID: mine'))).toEqual({
      signal_dbm: -78,
      channel: 6,
      band_ghz: 2.4,
      tx_rate_bps: 24e6,
      rx_rate_bps: 36e6,
    });
  });

  test('does not take the name of a network for a figure', () => {
    expect(parseIwLink(IW).signal_dbm).toBe(-78);
  });

  test.each(['', 'Not connected.\n', 'command failed: No such device (-19)\n'])('knows nothing for %j', (text) => {
    const nothing = { signal_dbm: null, channel: null, band_ghz: null, tx_rate_bps: null, rx_rate_bps: null };
    expect(parseIwLink(text)).toEqual(nothing);
  });
});

test.each([
  ['wlan0', -78],
  ['wlan1', null],
  ['wlan2', null],
  ['wlan', null],
])('parseProcWireless() of %s is %j', (device, signal) => expect(parseProcWireless(WIRELESS, device)).toBe(signal));

// IEEE 802.11-2020 Annex E, tables E-1 to E-4; 802.11ax-2021 for 6 GHz.
test.each([
  [2412, 1, 2.4],
  [2472, 13, 2.4],
  [2484, 14, 2.4],
  [5180, 36, 5],
  [5825, 165, 5],
  [5935, 2, 6],
  [5955, 1, 6],
  [7115, 233, 6],
  [60_480, null, null],
  [2413, null, 2.4],
  [Number.NaN, null, null],
])('%d MHz is channel %j at %j GHz', (mhz, channel, band_ghz) =>
  expect(channelOfFrequency(mhz)).toEqual({ channel, band_ghz }),
);

test.each([
  [6, '802.11n', 2.4],
  [1, '802.11n', 2.4],
  [1, '802.11ax', null],
  [6, '802.11ax', 2.4],
  [36, '802.11ax', 5],
  [149, '802.11ac', 5],
  [149, '802.11be', null],
  [1, null, null],
  [37, '802.11ax', null],
  [193, '802.11ax', 6],
  [200, null, null],
] as const)('channel %d of %j is at %j GHz', (channel, standard, band) =>
  expect(bandOfChannel(channel, standard)).toBe(band),
);

describe('linuxLink()', () => {
  const device = (name: string, files: Readonly<Record<string, string>>, rest: Readonly<Record<string, string>> = {}) =>
    fakeSystem({
      'proc/net/dev': procNetDev(name),
      ...Object.fromEntries(Object.entries(files).map(([file, text]) => [`sys/class/net/${name}/${file}`, text])),
      ...rest,
    });
  const withDriver = (roots: ReturnType<typeof device>, name: string, driver: string) => {
    mkdirSync(join(roots.sys, 'class/net', name, 'device'), { recursive: true });
    symlinkSync(`../../../../bus/pci/drivers/${driver}`, join(roots.sys, 'class/net', name, 'device/driver'));
    return roots;
  };

  test('a network card has driver, speed and duplex, and no command is run', async () => {
    const roots = withDriver(device('eth0', { speed: '1000\n', duplex: 'half\n' }), 'eth0', 'e1000e');
    expect(await linuxLink('eth0', NOTHING, roots, never)).toEqual({
      medium: 'wired',
      driver: 'e1000e',
      duplex: 'half',
      speed_bps: 1e9,
      wireless: null,
    });
  });

  test('values that a driver does not know are null', async () => {
    const roots = withDriver(device('eth0', { speed: '-1\n', duplex: 'unknown\n' }), 'eth0', 'virtio_net');
    expect(await linuxLink('eth0', NOTHING, roots, never)).toMatchObject({ duplex: null, speed_bps: null });
  });

  test('a virtual device has no driver', async () => {
    const roots = device('veth0', { speed: '10000\n', duplex: 'full\n' });
    expect(await linuxLink('veth0', NOTHING, roots, never)).toMatchObject({ medium: 'virtual', driver: null });
  });

  test('a wireless device has signal and rates, and no speed', async () => {
    const roots = withDriver(device('wlan0', { 'phy80211/index': '0\n', speed: '10\n' }), 'wlan0', 'iwlwifi');
    expect(await linuxLink('wlan0', NOTHING, roots, async () => IW)).toEqual({
      medium: 'wireless',
      driver: 'iwlwifi',
      duplex: null,
      speed_bps: null,
      wireless: { signal_dbm: -78, channel: 6, band_ghz: 2.4, tx_rate_bps: 24e6, rx_rate_bps: 36e6 },
    });
  });

  test('without iw the signal comes from the kernel and the channel from NetworkManager', async () => {
    const roots = device('wlan0', { 'wireless/status': '0x0\n' }, { 'proc/net/wireless': WIRELESS });
    const wifiConnections = async () => [
      { iface: 'wlan0', type: '802-11-wireless', channel: 44, signalLevel: -60, txRate: null },
    ];
    expect((await linuxLink('wlan0', { ...NOTHING, wifiConnections }, roots, never))?.wireless).toEqual({
      signal_dbm: -78,
      channel: 44,
      band_ghz: 5,
      tx_rate_bps: null,
      rx_rate_bps: null,
    });
  });

  test('without any of them the device is still wireless', async () => {
    const roots = device('wlan0', { 'wireless/status': '0x0\n' });
    const link = await linuxLink('wlan0', NOTHING, roots, never);
    expect([link?.medium, link?.wireless?.signal_dbm]).toEqual(['wireless', null]);
  });

  test('a device of another namespace, or a missing one, is null', async () => {
    const roots = fakeSystem({ 'proc/net/dev': procNetDev('lo'), 'sys/class/net/eth0/speed': '1000\n' });
    expect(await linuxLink('eth0', NOTHING, roots, never)).toBeNull();
    expect(await linuxLink('../eth0', NOTHING, roots, never)).toBeNull();
  });
});

/** Shapes of the package's own documentation (network interfaces, wifi connections). */
describe('informedLink()', () => {
  const mac: Information = {
    ...NOTHING,
    networkInterfaces: async () => [
      { iface: 'lo0', ifaceName: 'lo0', type: 'virtual', duplex: '', speed: null },
      { iface: 'en0', ifaceName: 'en0', type: 'wireless', duplex: '', speed: 400 },
      { iface: 'en5', ifaceName: 'en5', type: 'wired', duplex: 'full', speed: 2500 },
    ],
    wifiConnections: async () => [
      { id: 'Wi-Fi', iface: 'en0', type: '802.11ac', channel: 149, signalLevel: -81, txRate: 58 } as const,
    ],
  };

  test('macOS: a wireless device', async () => {
    expect(await informedLink('en0', mac)).toEqual({
      medium: 'wireless',
      driver: null,
      duplex: null,
      speed_bps: null,
      wireless: { signal_dbm: -81, channel: 149, band_ghz: 5, tx_rate_bps: 58e6, rx_rate_bps: null },
    });
  });

  test('macOS: a wired device', async () => {
    expect(await informedLink('en5', mac)).toMatchObject({ medium: 'wired', duplex: 'full', speed_bps: 2.5e9 });
    expect(await informedLink('en9', mac)).toBeNull();
  });

  test('Windows: the device by the name of its connection, and null for 0', async () => {
    const windows: Information = {
      ...NOTHING,
      networkInterfaces: async () => [
        { iface: 'Wi-Fi', ifaceName: 'Intel(R) Wi-Fi 6 AX201', type: 'wireless', duplex: '', speed: 0 },
      ],
      wifiConnections: async () => [{ iface: 'Wi-Fi', type: '802.11n', channel: 11, signalLevel: 0, txRate: 0 }],
    };
    expect((await informedLink('Wi-Fi', windows))?.wireless).toEqual({
      signal_dbm: null,
      channel: 11,
      band_ghz: 2.4,
      tx_rate_bps: null,
      rx_rate_bps: null,
    });
  });

  test('with commands that fail nothing is known', async () => {
    expect(await informedLink('en0', NOTHING)).toBeNull();
    const link = await informedLink('en0', { ...mac, wifiConnections: never });
    expect([link?.medium, link?.wireless?.channel]).toEqual(['wireless', null]);
  });
});
