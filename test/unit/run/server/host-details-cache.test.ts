import { expect, test } from 'vitest';
import { type GatheredHost, type LinkFacts, NO_DETAILS } from '../../../../src/core/shapes/host-details.ts';
import { type Gather, HostDetailsCache } from '../../../../src/run/server/host-details-cache.ts';
import { PATH } from '../../../support/control-messages.ts';

const WIRED: LinkFacts = { medium: 'wired', driver: 'e1000e', duplex: 'full', speed_bps: 1e9, wireless: null };
const hearing = (signal_dbm: number): LinkFacts => ({
  ...WIRED,
  medium: 'wireless',
  wireless: { signal_dbm, channel: 6, band_ghz: 2.4, tx_rate_bps: 24e6, rx_rate_bps: null },
});
const found = (link: LinkFacts): GatheredHost => ({
  details: { ...NO_DETAILS, system: 'Debian', default_gateway: '192.0.2.254' },
  links: { eth0: link },
});

/** Gathers these, one after the other, and counts. */
function gathering(...all: readonly GatheredHost[]): { readonly gather: Gather; count: number } {
  const made = {
    count: 0,
    gather: async () => all[Math.min(made.count++, all.length - 1)] ?? { details: NO_DETAILS, links: {} },
  };
  return made;
}

test('details are gathered once, without the gateway', async () => {
  const made = gathering(found(WIRED));
  const cache = new HostDetailsCache(() => true, made.gather);
  const told = { details: { ...NO_DETAILS, system: 'Debian' }, link: WIRED };
  expect([await cache.detailsFor(PATH), await cache.detailsFor(PATH)]).toEqual([told, told]);
  expect(made.count).toBe(1);
});

test('a wireless link is read again each time', async () => {
  const made = gathering(found(hearing(-50)), found(hearing(-80)));
  const cache = new HostDetailsCache(() => true, made.gather);
  expect((await cache.detailsFor(PATH))?.link?.wireless?.signal_dbm).toBe(-50);
  expect((await cache.detailsFor(PATH))?.link?.wireless?.signal_dbm).toBe(-80);
});

test('a device without details is read once', async () => {
  const made = gathering(found(WIRED));
  const cache = new HostDetailsCache(() => true, made.gather);
  const path = { ...PATH, device: 'wg0' };
  expect([(await cache.detailsFor(path))?.link, (await cache.detailsFor(path))?.link]).toEqual([null, null]);
  expect(made.count).toBe(1);
});

test('nothing is gathered while a test runs', async () => {
  const made = gathering(found(WIRED));
  let idle = false;
  const cache = new HostDetailsCache(() => idle, made.gather);
  expect(await cache.detailsFor(PATH)).toBeNull();
  expect(made.count).toBe(0);
  idle = true;
  expect(await cache.detailsFor(PATH)).not.toBeNull();
});

test('the begin of a test ends gathering, and partial details are dropped', async () => {
  let aborted = false;
  const cache = new HostDetailsCache(
    () => true,
    (_devices, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          resolve(found(WIRED));
        });
      }),
  );
  const told = cache.detailsFor(PATH);
  expect(await cache.detailsFor(PATH), 'one at a time').toBeNull();
  cache.interrupt();
  expect([await told, aborted]).toEqual([null, true]);
});
