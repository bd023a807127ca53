/**
 * Two handshakes known byte for byte: our own (`test/vectors/wireguard.json`, with a preshared key),
 * and that of two Linux kernels, without one, in frames 1 and 2 of Wireshark's capture
 * `test/captures/wireguard-ping-tcp.pcap`, decrypted with the keys in its `test/suite_decryption.py`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GoldenHandshake {
  readonly name: string;
  readonly initiatorStatic: Uint8Array;
  readonly responderStatic: Uint8Array;
  readonly initiatorEphemeral: Uint8Array;
  readonly responderEphemeral: Uint8Array;
  readonly initiatorPublic: Uint8Array;
  readonly responderPublic: Uint8Array;
  readonly presharedKey: Uint8Array;
  readonly initiatorIndex: number;
  readonly responderIndex: number;
  readonly timestamp: Uint8Array;
  readonly chainingKeyAfterInitiation: Uint8Array;
  readonly hashAfterInitiation: Uint8Array;
  readonly initiation: Uint8Array;
  readonly response: Uint8Array;
  /** Keys of data from initiator to responder, and back. */
  readonly forwardKey: Uint8Array;
  readonly backwardKey: Uint8Array;
}

export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
export const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
export const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** The raw file, for what is not part of the handshake. */
export const VECTORS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/wireguard.json'), 'utf8'),
);

const own = (name: string): Uint8Array => hex(VECTORS[name] ?? '');

export const OURS: GoldenHandshake = {
  name: 'our own, with a preshared key',
  initiatorStatic: own('initiator_static_private'),
  responderStatic: own('responder_static_private'),
  initiatorEphemeral: own('initiator_ephemeral_private'),
  responderEphemeral: own('responder_ephemeral_private'),
  initiatorPublic: own('initiator_static_public'),
  responderPublic: own('responder_static_public'),
  presharedKey: own('psk'),
  initiatorIndex: Buffer.from(own('index_i_le_bytes')).readUInt32LE(),
  responderIndex: Buffer.from(own('index_r_le_bytes')).readUInt32LE(),
  timestamp: own('timestamp'),
  chainingKeyAfterInitiation: own('chaining_key_after_init'),
  hashAfterInitiation: own('hash_after_init'),
  initiation: own('initiation'),
  response: own('response'),
  forwardKey: own('initiator_send_key'),
  backwardKey: own('initiator_receive_key'),
};

export const KERNEL: GoldenHandshake = {
  name: 'two kernels, without one (wireguard-ping-tcp.pcap)',
  initiatorStatic: base64('AKeZaHwBxjiKLFnkY2unvEdOTtg4AL+M9dQXfopFVFk='),
  responderStatic: base64('cFIxTUyBs1Qil414hBwEgvasEax8CKJ5IS5ZougplWs='),
  initiatorEphemeral: base64('sLGLJSOQfyz7JNJ5ZDzFf3Uz1rkiCMMjbWerNYcPFFU='),
  responderEphemeral: base64('QC4/FZKhFf0b/eXEcCecmZNt6V6PXmRa4EWG1PIYTU4='),
  initiatorPublic: base64('Igge9KzRytKNwrgkzDE/8hrLu6Ly0OqVdvOPWhA5KR4='),
  responderPublic: base64('YDCttCs9e1J52/g9vEnwJJa+2x6RqaayAYMpSVQfGEY='),
  presharedKey: new Uint8Array(32),
  initiatorIndex: 0x30d0_37d8,
  responderIndex: 0xab7d_f406,
  timestamp: hex('400000005b52647b15405610'),
  chainingKeyAfterInitiation: hex('c6799583ad3e19c7caf208be5b86ba37c79f63c1c578e6aae2b72ecc356a62f5'),
  hashAfterInitiation: hex('80ceb31c64ad9da58df4501c4650e14cc63d7d42ed460239e21fa6db94a042fa'),
  initiation: hex(
    '01000000d837d0305fcec7c8e5c8e2e3f7989eef60c228d82329d602b6b1e2bb9d068f89cf9d4d4532780f6d27264f7b98701fdc27a4ec00' +
      'aeb6becdbef2332f1b4084cadb93823935c012ae255e7b25eff13940c321fa6bd66a2a87b061db1430173e937f569349de2856dc5f2616' +
      '763eeeafc0533b01dd965e7ec76976e28f683d671200000000000000000000000000000000',
  ),
  response: hex(
    '0200000006f47dabd837d030b18d5550bd4042a37a46823ac08db1ec66839bc0ca2d64bc15cd80232b66232faec24af8918de1060ff5c98e' +
      '865d5f35f272214c5260110dc4c61e32cdd8542100000000000000000000000000000000',
  ),
  forwardKey: hex('200edbb85503b00463f987aab96e0e7d047726c684f4cf3c7695caac38cacc8b'),
  backwardKey: hex('dec67e4017307e59ef13cb788eff6a808a883956975f03b56f1468f6a581d5f3'),
};

/** Data message 0 of each direction of the kernels' session: a ping of 84 octets, padded to 96. */
export const KERNEL_DATA = {
  forward: hex(
    '0400000006f47dab0000000000000000a4ebc12ee3f990da18033a0789c04e2700f6f5c271d42ac4b4d6262e666549b445a7436e829bffb6' +
      'ac65f05648bc0c391fe7c5884874376127164940188f03dba67af8388eaab76c593628bf9dc7be03346d912e916dad862545454701364f' +
      '2d2486d7ced4c8642ce547ddb26ef6a46b',
  ),
  backward: hex(
    '04000000d837d03000000000000000006f4f080e9f52691bbe948535f79c13ed68f09145d523eedb087265f968082f70735729263eda627c' +
      '7683cdc0b80a3356d9536c9f0e2872797b5c81720ba0b8ea7233c6debf9f0fbee8f10ec18985b824bf350f8b8180d08a64e6be9810089a' +
      'c3d1363ed5e129ca1e0425cf7e94965659',
  ),
};

/** Values between the messages of the kernels' handshake, in the order of whitepaper §5.4.2 and §5.4.3. */
export const KERNEL_STEPS = {
  'hash after the responder': '53ae84d6683c555dadb2b20c7c08659f8f1a11d8c2bfba3b4ca784b93ca03adc',
  'chaining key after e': 'c2fe9869ad55724db76190d52865cfb49c1f98109e14cace56c050a742936fc6',
  'hash after e': 'a282c6bd3bb47031051a466401baa072b0f7ce0f020876f1ef4a618291c161bc',
  'chaining key after es': 'f5a7c4786402c5b5eedf37f3ea3693a10449b75f6b2c2cfbbaf07f528f74d1f3',
  'key of the static': '028405c8875b26d5e92f528425013ecf318dfe85126d85afa1e1eba19fc2b6e5',
  'hash after s': '9b7095abbff1071841d09f0efe92623fa1748dd0b57b0dc748cb7c4ee5da168f',
  'chaining key after ss': 'c6799583ad3e19c7caf208be5b86ba37c79f63c1c578e6aae2b72ecc356a62f5',
  'key of the timestamp': 'f347b213a57c854b176befc89f80d565350f4029e3ec3b95425dbd3033255861',
  'hash after the timestamp': '80ceb31c64ad9da58df4501c4650e14cc63d7d42ed460239e21fa6db94a042fa',
  'chaining key after the other e': 'dc7d76277f456fe59ced93e4c79d9a339d9a4fce96e89f4641624cc5eb527658',
  'chaining key after ee': '682de957496ced17468d9a4453043970ede713ee3270ed30b29f8e2257c5aa98',
  'chaining key after se': '9640770ba3eb190088c09791720eb84e2d2900baaa1cd2afe6f795a63af9497b',
  'chaining key after psk': '785ae7f836401a0f2413df5076ec95e2f1614af46b43fbf0a4c9efaa00070cfb',
  tau: '20044f1fc8d0058945715fbf4796d40ff8cd1151c70f7638366e583c1a162de0',
  'key of nothing': 'd90d83502e864d017efcdc4f14c3bb1c9d94f89510dae03fd80ee3180b69b5ed',
} as const;

/** The kernels' keys with R = 00..1f, a source 192.0.2.1:443 and the nonce 40..57: our own values. */
export const COOKIE = {
  secret: Uint8Array.from({ length: 32 }, (_, i) => i),
  nonce: Uint8Array.from({ length: 24 }, (_, i) => 0x40 + i),
  from: { address: '192.0.2.1', port: 443 },
  cookie: hex('48fd76bd9bc63e5544b6f4f894fb35a3'),
  cookieKey: hex('5c0fcb7e52e75f038e9dcf558715ea855c5e7885fca2eb8341f9d4bb5f4f3c7f'),
  mac1Key: hex('778849ac488e391c7f5e43b14c65f60277ef40ff49eb3353615b518149968f6b'),
  encrypted: hex('720a5d2ce6d4eb694526c5c3fba08fd1d948f1c44105076c15e291d6e9be9a39'),
  mac2: hex('7c3d06a1598d23a0a4e977743a6c9a45'),
} as const;
