/** Captures in which one end, or one message of a handshake, is missing; and captures that have all of it twice. */
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../src/capture/documents/capture-report.ts';
import { findingsOf } from '../../../../src/capture/findings/findings.ts';
import { cookieReply, initiation, join, response, wireguardData } from '../../../support/packets.ts';
import { datagram, END_A, END_B, TunnelScene } from '../../../support/tunnel-scene.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const found = (scene: TunnelScene, code: string): Finding | undefined =>
  findingsOf(scene.report(), null).find((one) => one.code === code);
/** Keys differ from one message to the next. */
const initiationOf = (sender: number): Uint8Array => {
  const message = initiation(sender);
  message.set([sender & 0xff, sender >>> 8, 1, 2], 8);
  return message;
};
const cookieOf = (receiver: number): Uint8Array => {
  const message = cookieReply(receiver);
  message.set([receiver & 0xff, receiver >>> 8, 1, 2], 8);
  return message;
};

describe('responses only', () => {
  const scene = new TunnelScene();
  for (const i of range(0, 5)) scene.send(5 * i, END_B, END_A, response(100 + i, 7 + i));

  test('are one-sided, and responses do not arrive or are not accepted', () => {
    expect(scene.codes()).toEqual(['response-not-accepted', 'capture-one-sided']);
    expect(found(scene, 'response-not-accepted')?.what).toContain(
      'do not arrive at the initiator, or it does not accept',
    );
    expect(found(scene, 'capture-one-sided')?.what).toContain('5 responses to initiations that are not in the capture');
    expect(scene.peer().handshakes).toHaveLength(5);
  });

  test('each of them twice has the same counts', () => {
    const twice = new TunnelScene();
    for (const i of range(0, 5)) {
      twice
        .send(5 * i, END_B, END_A, response(100 + i, 7 + i))
        .send(5 * i + 0.0001, END_B, END_A, response(100 + i, 7 + i));
    }
    expect(twice.peer().handshakes).toHaveLength(5);
    expect(twice.codes()).toEqual(['response-not-accepted', 'capture-one-sided', 'captured-twice']);
  });

  test('a single response is one-sided, with no finding about the initiator', () => {
    expect(new TunnelScene().send(0, END_B, END_A, response(1, 2)).codes()).toEqual(['capture-one-sided']);
  });

  test('with data of the responder they were accepted, since it sends none before', () => {
    const accepted = new TunnelScene()
      .send(0, END_B, END_A, response(1, 2))
      .data(0.1, END_B, END_A, 2, range(0, 20))
      .send(120, END_B, END_A, response(3, 4))
      .data(120.1, END_B, END_A, 4, range(0, 20));
    expect(accepted.codes()).toEqual(['capture-one-sided']);
    expect(accepted.peer().handshakes.map(({ confirmed }) => confirmed)).toEqual([true, true]);
  });
});

describe('cookie replies only', () => {
  const scene = new TunnelScene();
  for (const i of range(0, 3)) scene.send(5 * i, END_B, END_A, cookieOf(300 + i));

  test('the responder is under load, and the initiations are not in the capture', () => {
    expect(scene.codes()).toEqual(['responder-under-load', 'capture-one-sided']);
    expect(found(scene, 'capture-one-sided')?.what).toContain('3 cookie replies to initiations that are not in');
    expect(scene.peer().a_to_b.cookie_replies).toBe(3);
  });

  test('a copy of one is not counted', () => {
    scene.send(11, END_B, END_A, cookieOf(302));
    expect(scene.peer().a_to_b).toMatchObject({ cookie_replies: 3, handshake_copies: 1 });
  });

  test('on another port they are not recognised', () => {
    const to = { ...END_A, port: 999 };
    const from = { ...END_B, port: 1234 };
    expect(new TunnelScene().send(0, from, to, cookieOf(1)).report()).toBeNull();
  });
});

describe('an initiation without a response', () => {
  const first = (): TunnelScene => new TunnelScene().send(0, END_A, END_B, initiationOf(1));

  test('with data of the initiator that begin at counter 0: the capture is one-sided', () => {
    const scene = first().data(0.1, END_A, END_B, 77, range(0, 20));
    expect(scene.peer().handshakes).toMatchObject([{ outcome: 'response-missing', confirmed: true }]);
    expect(scene.codes()).toEqual(['capture-one-sided']);
    expect(found(scene, 'capture-one-sided')?.what).toContain('data after a response that are not in the capture');
  });

  test('with data of both ends: only the response is missing', () => {
    const scene = first().data(0.1, END_A, END_B, 77, range(0, 20)).data(0.2, END_B, END_A, 1, range(0, 20));
    expect(scene.codes()).toEqual(['response-missing']);
  });

  test('with data of the responder that carry its index: the response is missing', () => {
    const scene = first().data(0.2, END_B, END_A, 1, range(40, 60));
    expect(scene.peer().handshakes).toMatchObject([{ outcome: 'response-missing' }]);
    expect(scene.codes()).not.toContain('handshake-unanswered');
  });

  test('without data: unanswered', () => {
    const scene = new TunnelScene();
    for (const i of range(0, 4)) scene.send(5 * i, END_A, END_B, initiationOf(i));
    expect(scene.codes()).toEqual(['handshake-unanswered']);
  });

  test.each([
    ['that went on before', 0, 20],
    ['that begin in the middle', 500, 520],
  ])('and data of an older session %s: unanswered', (name, from, to) => {
    const scene = new TunnelScene();
    if (name === 'that went on before') scene.data(0, END_A, END_B, 77, range(from, from + 5));
    for (const i of range(0, 4)) scene.send(1 + 5 * i, END_A, END_B, initiationOf(i));
    scene.data(20, END_A, END_B, 77, range(from + 5, to)).data(21, END_B, END_A, 78, range(900, 910));
    expect(scene.codes()).toContain('handshake-unanswered');
    expect(scene.codes()).toContain('started-mid-session');
  });
});

test.each([
  ['data', 96],
  ['keepalives', 0],
])('%s of one end only', (_what, inside) => {
  const scene = new TunnelScene();
  for (const i of range(0, 10)) scene.send(i, END_A, END_B, wireguardData(7, 100 + i, inside));
  expect(scene.codes()).toEqual(['capture-one-sided', 'started-mid-session']);
});

describe('all of it twice', () => {
  const packets = [
    datagram(END_A, END_B, initiationOf(1)),
    datagram(END_B, END_A, cookieOf(1)),
    datagram(END_A, END_B, initiationOf(2)),
    datagram(END_B, END_A, response(3, 2)),
    ...range(0, 20).map((counter) => datagram(END_A, END_B, wireguardData(3, counter, 96))),
    ...range(0, 20).map((counter) => datagram(END_B, END_A, wireguardData(2, counter, 96))),
  ];
  const once = new TunnelScene();
  for (const [i, packet] of packets.entries()) once.packet(i * 0.05, packet);

  const timed = packets.map((packet, i) => ({ at: i * 0.05, packet }));

  test.each([
    ['each packet behind itself', timed.flatMap((one) => [one, one])],
    ['one capture behind the other', [...timed, ...timed]],
  ])('%s', (_name, all) => {
    const scene = new TunnelScene();
    for (const { at, packet } of all) scene.packet(at, packet);
    const codes = findingsOf(scene.report(), null).map(({ code }) => code);
    expect(codes.filter((code) => code === 'captured-twice')).toHaveLength(2);
    expect(codes.filter((code) => !/twice|clock/.test(code))).toEqual(once.codes());
    const [twice, single] = [scene.peer(), once.peer()];
    expect(twice.handshakes).toEqual(
      single.handshakes.map((handshake) => ({
        ...handshake,
        attempts: expect.anything(),
        response_frame: expect.any(Number),
      })),
    );
    for (const way of ['a_to_b', 'b_to_a'] as const) {
      expect(twice[way].delivery).toMatchObject({ received: 20, lost: 0, duplicates: 20 });
      expect(twice[way].cookie_replies).toBe(single[way].cookie_replies);
    }
  });

  test('copies of handshakes alone are detected', () => {
    const scene = new TunnelScene();
    for (const i of range(0, 3))
      scene.send(i * 5, END_A, END_B, initiationOf(i)).send(i * 5, END_A, END_B, initiationOf(i));
    expect(scene.codes()).toEqual(['handshake-unanswered', 'captured-twice']);
    expect(scene.peer().handshakes).toMatchObject([{ initiations: 3 }]);
  });

  test('an index that is used again with another key is another initiation', () => {
    const other = join(initiationOf(9).subarray(0, 8), [1, 1, 1, 1], initiationOf(9).subarray(12));
    const scene = new TunnelScene().send(0, END_A, END_B, initiationOf(9)).send(5, END_A, END_B, other);
    expect(scene.peer().handshakes).toMatchObject([{ initiations: 2 }]);
  });
});
