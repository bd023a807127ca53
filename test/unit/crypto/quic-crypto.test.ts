import { expect, test } from 'vitest';
import { quicCrypto } from '../../../src/crypto/quic-crypto.ts';
import { hex } from '../../support/golden-handshakes.ts';

test('hmac(): RFC 4231 §4.2, the message in pieces', () => {
  const message = [hex('4869'), hex('205468657265')];
  expect(quicCrypto.hmac(new Uint8Array(20).fill(0x0b), ...message)).toEqual(
    hex('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'),
  );
});

test('aesBlock(): FIPS 197 appendix C.1', () => {
  expect(quicCrypto.aesBlock(hex('000102030405060708090a0b0c0d0e0f'), hex('00112233445566778899aabbccddeeff'))).toEqual(
    hex('69c4e0d86a7b0430d8cdb78070b4c55a'),
  );
});

test('openGcm(): test case 4 of the GCM specification, and null with a wrong or missing tag', () => {
  const key = hex('feffe9928665731c6d6a8f9467308308');
  const nonce = hex('cafebabefacedbaddecaf888');
  const aad = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2');
  const sealed = hex(
    '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac97' +
      '3d58e0915bc94fbc3221a5db94fae95ae7121a47',
  );
  expect(quicCrypto.openGcm(key, nonce, sealed, aad)).toEqual(
    hex(
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657' +
        'ba637b39',
    ),
  );
  const changed = sealed.slice();
  changed[0] = 0;
  expect(quicCrypto.openGcm(key, nonce, changed, aad)).toBeNull();
  expect(quicCrypto.openGcm(key, nonce, sealed.subarray(0, 15), aad)).toBeNull();
});
