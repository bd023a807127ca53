/**
 * Times of documents as numbers. `Date` is no part of a pure room, and nanoseconds since 1970 do not fit a number.
 *
 * @module
 */

const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/;

/** Seconds since 1970 of a time in UTC, such as `2026-05-04T10:20:30.456Z`; `null` for any other text. */
export function isoSeconds(text: string | null): number | null {
  const found = parsed(text);
  return found && found.seconds + Number(`0.${found.fraction}`);
}

/** Nanoseconds since 1970 of the same, in decimal digits; `null` for any other text, and before 1970. */
export function isoNanos(text: string | null): string | null {
  const found = parsed(text);
  if (found === null || found.seconds < 0) return null;
  return String(BigInt(found.seconds) * 1_000_000_000n + BigInt(found.fraction.padEnd(9, '0')));
}

function parsed(text: string | null): { readonly seconds: number; readonly fraction: string } | null {
  const found = typeof text === 'string' ? ISO.exec(text) : null;
  if (found === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  return {
    seconds: daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second,
    fraction: found[7] ?? '0',
  };
}

/** A year begins in March here, so that the leap day is its last day (the inverse of `dateText` in capture/utc-text). */
function daysSince1970(year: number, month: number, day: number): number {
  const begun = month > 2 ? year : year - 1;
  const era = Math.floor(begun / 400);
  const yearOfEra = begun - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
