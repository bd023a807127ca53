/**
 * A time as ISO 8601 text with nanoseconds, which no `Date` has.
 *
 * @module
 */

const DAY_S = 86_400;

/** @param seconds - since 1970, UTC, before the year 10,000 and not before the year 0; others get more digits, or a sign */
export function utcText(seconds: number, nanoseconds: number): string {
  const days = Math.floor(seconds / DAY_S);
  const rest = seconds - days * DAY_S;
  const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
    .map((part) => digits(part, 2))
    .join(':');
  return `${dateText(days)}T${time}.${digits(nanoseconds, 9)}Z`;
}

/** The Gregorian calendar in cycles of 400 years, which begin in March so that the leap day is a year's last. */
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
