import { describe, expect, test } from 'vitest';
import { pushUrl } from '../../../../src/options/values/push-url.ts';

describe('pushUrl()', () => {
  test.each([
    ['http://127.0.0.1:4318', 'otlp', 'http://127.0.0.1:4318/v1/metrics'],
    ['https://c.example/', 'otlp', 'https://c.example/v1/metrics'],
    ['http://p:9090/api/v1/otlp/v1/metrics', 'otlp', 'http://p:9090/api/v1/otlp/v1/metrics'],
    ['http://i:8086/api/v2/write?org=o&bucket=b', 'influx', 'http://i:8086/api/v2/write?org=o&bucket=b'],
    ['http://i:8086/write?db=winze', 'influx', 'http://i:8086/write?db=winze'],
    [
      'https://i/api/v3/write_lp?db=w&precision=nanosecond',
      'influx',
      'https://i/api/v3/write_lp?db=w&precision=nanosecond',
    ],
    ['influx+http://i:8086?org=o&bucket=b', 'influx', 'http://i:8086/api/v2/write?org=o&bucket=b'],
    ['influx+https://t/telegraf', 'influx', 'https://t/telegraf'],
    ['http://[::1]:4318/x#part', 'otlp', 'http://[::1]:4318/x'],
  ])('%s', (text, format, url) => {
    expect(pushUrl(text)).toEqual({ format, url });
  });

  test.each([
    ['', /expected a URL/],
    ['127.0.0.1:4318', /expected a URL/],
    ['ftp://h/', /expected a URL/],
    ['http://', /expected a URL/],
    ['otlp+http://h/', /expected a URL/],
    ['http://u:p@h/', /secret in a URL/],
    ['http://i/write?u=a&p=b', /secret in a URL/],
    ['http://i/write?db=x&precision=s', /nanoseconds/],
  ])('refuses %s', (text, message) => {
    expect(() => pushUrl(text)).toThrow(message);
  });
});
