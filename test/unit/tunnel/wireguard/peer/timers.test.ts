/** The rules of the kernel's timers.c, on a clock that is a number: every test starts at 1000 s. */
import { describe, expect, test } from 'vitest';
import { NS_PER_MS, NS_PER_S } from '../../../../../src/core/time.ts';
import { type Timer, Timers } from '../../../../../src/tunnel/wireguard/peer/timers.ts';

const START = 1000 * NS_PER_S;
const JITTER = 123 * NS_PER_MS;
const at = (seconds: number): number => START + seconds * NS_PER_S;

/** Timers whose jitter is counted, so that none is drawn for nothing. */
function timersOf(persistentKeepaliveSeconds = 0) {
  const drawn = { count: 0 };
  const timers = new Timers(() => {
    drawn.count++;
    return JITTER;
  });
  timers.persistentKeepaliveSeconds = persistentKeepaliveSeconds;
  return { timers, drawn };
}

/** All that is due, by name. */
function due(timers: Timers, now: number): Timer[] {
  const taken: Timer[] = [];
  for (let timer = timers.takeDue(now); timer; timer = timers.takeDue(now)) taken.push(timer);
  return taken;
}

/** Whether exactly one timer runs, and when it is due. */
function expectOnly(timers: Timers, timer: Timer, deadline: number): void {
  expect(timers.next()).toBe(deadline);
  expect(due(timers, deadline - 1)).toEqual([]);
  expect(due(timers, deadline)).toEqual([timer]);
  expect(timers.next()).toBeUndefined();
}

test('nothing runs at first', () => {
  const { timers } = timersOf(25);
  expect(timers.next()).toBeUndefined();
  expect(due(timers, Number.MAX_SAFE_INTEGER)).toEqual([]);
});

describe('retransmit', () => {
  test('is due 5 s and the jitter after an initiation', () => {
    const { timers } = timersOf();
    timers.initiationSent(START);
    expectOnly(timers, 'retransmit', at(5) + JITTER);
  });

  test('starts again with the next initiation, with new jitter', () => {
    const { timers, drawn } = timersOf();
    timers.initiationSent(START);
    timers.initiationSent(at(3));
    expect(drawn.count).toBe(2);
    expectOnly(timers, 'retransmit', at(8) + JITTER);
  });

  test('ends with the handshake', () => {
    const { timers } = timersOf();
    timers.initiationSent(START);
    timers.handshakeComplete();
    expect(timers.next()).toBeUndefined();
  });

  test('does not end with anything else that comes or goes', () => {
    const { timers } = timersOf();
    timers.initiationSent(START);
    timers.authenticatedSent(at(1));
    timers.authenticatedReceived(at(1));
    expectOnly(timers, 'retransmit', at(5) + JITTER);
  });
});

describe('passive keepalive', () => {
  test('is due 10 s after data came', () => {
    const { timers } = timersOf();
    timers.dataReceived(START);
    expectOnly(timers, 'keepalive', at(10));
  });

  test('is not delayed by more data, but is followed by another one', () => {
    const { timers } = timersOf();
    timers.dataReceived(START);
    timers.dataReceived(at(4));
    timers.dataReceived(at(9));
    expect(due(timers, at(10))).toEqual(['keepalive']);
    timers.keepaliveSent(at(10));
    expectOnly(timers, 'keepalive', at(20));
    timers.keepaliveSent(at(20));
    expect(timers.next()).toBeUndefined();
  });

  test('is not needed once anything authenticated is sent', () => {
    const { timers } = timersOf();
    timers.dataReceived(START);
    timers.authenticatedSent(at(3));
    expect(timers.next()).toBeUndefined();
  });

  test('counts from the first data after that', () => {
    const { timers } = timersOf();
    timers.dataReceived(START);
    timers.authenticatedSent(at(3));
    timers.dataReceived(at(4));
    expectOnly(timers, 'keepalive', at(14));
  });

  test('stays when something authenticated comes: a keepalive is not answered, data is', () => {
    const { timers } = timersOf();
    timers.authenticatedReceived(START);
    expect(timers.next()).toBeUndefined();
    timers.dataReceived(START);
    timers.authenticatedReceived(at(5));
    expectOnly(timers, 'keepalive', at(10));
  });

  test('is followed by another one if more data was received, although sending stopped the timer', () => {
    // The order of the kernel: the keepalive counts as authenticated, then the other is armed.
    const { timers } = timersOf();
    timers.dataReceived(START);
    timers.dataReceived(at(1));
    due(timers, at(10));
    timers.authenticatedSent(at(10));
    timers.keepaliveSent(at(10));
    expectOnly(timers, 'keepalive', at(20));
  });
});

describe('new handshake', () => {
  test('is due 15 s and the jitter after data was sent', () => {
    const { timers } = timersOf();
    timers.dataSent(START);
    expectOnly(timers, 'new-handshake', at(15) + JITTER);
  });

  test('counts from the first data without an answer, and draws no jitter for the rest', () => {
    const { timers, drawn } = timersOf();
    for (let second = 0; second < 15; second++) timers.dataSent(at(second));
    expect(drawn.count).toBe(1);
    expectOnly(timers, 'new-handshake', at(15) + JITTER);
  });

  test('ends when anything authenticated comes, and starts with the next data', () => {
    const { timers } = timersOf();
    timers.dataSent(START);
    timers.authenticatedReceived(at(14));
    expect(timers.next()).toBeUndefined();
    timers.dataSent(at(20));
    expectOnly(timers, 'new-handshake', at(35) + JITTER);
  });

  test('is not started by what is no data', () => {
    const { timers } = timersOf();
    timers.authenticatedSent(START);
    expect(timers.next()).toBeUndefined();
  });
});

describe('zero key material', () => {
  test('is due 540 s after a session began, and starts again with the next', () => {
    const { timers } = timersOf();
    timers.sessionDerived(START);
    timers.sessionDerived(at(120));
    expectOnly(timers, 'zero-keys', at(660));
  });

  test('starts when the handshake is given up, unless it runs', () => {
    const fresh = timersOf().timers;
    fresh.gaveUp(at(90));
    expectOnly(fresh, 'zero-keys', at(630));
    const { timers } = timersOf();
    timers.sessionDerived(START);
    timers.gaveUp(at(300));
    expectOnly(timers, 'zero-keys', at(540));
  });

  test('gaveUp() also ends the passive keepalive', () => {
    const { timers } = timersOf();
    timers.dataReceived(START);
    timers.gaveUp(at(1));
    expectOnly(timers, 'zero-keys', at(541));
  });
});

describe('persistent keepalive', () => {
  test.each([
    ['sent', (timers: Timers, now: number) => timers.authenticatedSent(now)],
    ['received', (timers: Timers, now: number) => timers.authenticatedReceived(now)],
  ])('is due its seconds after the last authenticated packet was %s: traffic puts it off', (_, happens) => {
    const { timers } = timersOf(25);
    happens(timers, START);
    happens(timers, at(20));
    expectOnly(timers, 'persistent-keepalive', at(45));
  });

  test.each([1, 25, 65_535])('can be %d s', (seconds) => {
    const { timers } = timersOf(seconds);
    timers.authenticatedSent(START);
    expectOnly(timers, 'persistent-keepalive', at(seconds));
  });

  test('is off at 0, and ends when it is set to 0', () => {
    const { timers } = timersOf(25);
    timers.authenticatedSent(START);
    timers.persistentKeepaliveSeconds = 0;
    timers.authenticatedSent(at(1));
    expect(timers.next()).toBeUndefined();
  });

  test('is not started by data alone: that is told as authenticated too', () => {
    const { timers } = timersOf(25);
    timers.dataReceived(START);
    expectOnly(timers, 'keepalive', at(10));
  });
});

describe('all of them', () => {
  const armAll = (): Timers => {
    const { timers } = timersOf(7);
    timers.sessionDerived(START);
    timers.dataSent(START);
    timers.authenticatedSent(START);
    timers.dataReceived(START);
    timers.initiationSent(START);
    return timers;
  };

  test('next() is the earliest, and takeDue() takes what is due, each once', () => {
    const timers = armAll();
    const order: [number, Timer[]][] = [
      [at(5) + JITTER, ['retransmit']],
      [at(7), ['persistent-keepalive']],
      [at(10), ['keepalive']],
      [at(15) + JITTER, ['new-handshake']],
      [at(540), ['zero-keys']],
    ];
    for (const [deadline, names] of order) {
      expect(timers.next()).toBe(deadline);
      expect(due(timers, deadline)).toEqual(names);
      expect(due(timers, deadline)).toEqual([]);
    }
    expect(timers.next()).toBeUndefined();
  });

  test('takeDue() returns all five after the host was suspended', () => {
    const taken = due(armAll(), at(10_000));
    expect(taken.toSorted()).toEqual(['keepalive', 'new-handshake', 'persistent-keepalive', 'retransmit', 'zero-keys']);
  });

  test('stop() stops all timers and cancels a further keepalive', () => {
    const timers = armAll();
    timers.dataReceived(at(1));
    timers.stop();
    expect(timers.next()).toBeUndefined();
    timers.keepaliveSent(at(2));
    expect(timers.next()).toBeUndefined();
  });
});
