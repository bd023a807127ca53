/**
 * Formats a time as ISO 8601 text with nanoseconds. `Date` has milliseconds only.
 *
 * @module
 */

const DAY_S = 86_400;

/**
 * Formats a UTC time: `2026-11-30T12:00:00.000000000Z`. Years outside 0 to 9999 get more digits or a minus sign.
 *
 * @param seconds - whole seconds since 1970
 */
export function utcText(seconds: number, nanoseconds: number): string {
  const days = Math.floor(seconds / DAY_S);
  const rest = seconds - days * DAY_S;
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
    .map((part) => digits(part, 2))
    .join(':');
  return `${dateText(days)}T${time}.${digits(nanoseconds, 9)}Z`;
}

/** Counts in Gregorian cycles of 400 years. A year begins in March here, so that the leap day is its last day. */
function dateText(daysSince1970: number): string {
  const days = daysSince1970 + 719_468;
  const era = Math.floor(days / 146_097);
  const day = days - era * 146_097;
  const year = Math.floor((day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365);
  const dayOfYear = day - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const isNextYear = month >= 10;
  const number = era * 400 + year + (isNextYear ? 1 : 0);
  return `${number < 0 ? '-' : ''}${digits(Math.abs(number), 4)}-${digits(month + (isNextYear ? -9 : 3), 2)}-${digits(dayOfMonth, 2)}`;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}
