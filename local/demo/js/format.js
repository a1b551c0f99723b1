/** Formats numbers, times and names for display. */

const UNITS = ['bytes', 'kB', 'MB', 'GB'];

/** 89541 → "89.5 kB": decimal units, as file managers use them. */
export function bytes(count) {
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toLocaleString('en', { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

/** "14:03:27 CET" for a time today, otherwise with the date; in the viewer's time zone, which is named. */
export function moment(timestamp) {
  const when = new Date(timestamp);
  const time = when.toLocaleTimeString('en-GB', {
    hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
  });
  if (when.toDateString() === new Date().toDateString()) return time;
  return `${when.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`;
}

/**
 * Names the caller of an ARN: the user, or the role and its session.
 * arn:aws:iam::123456789012:user/dozo/admin → "admin"; arn:aws:sts::123456789012:assumed-role/Admins/kim → "kim (Admins)"
 */
export function who(by) {
  const [, kind, path] = /^arn:[^:]*:(?:iam|sts)::\d*:([a-z-]+)(?:\/(.+))?$/.exec(by) ?? [];
  if (!kind) return by;
  const names = (path ?? '').split('/');
  if (kind === 'assumed-role') return `${names[1]} (${names[0]})`;
  return names.at(-1) || kind;
}

/**
 * A name for display: without control characters and without marks that change the direction of writing, which show
 * `gpj.exe` as `exe.jpg`. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
export function plainName(name) {
  return name.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '');
}

/** image/jpeg → "JPEG" */
export function format(contentType) {
  return contentType.replace(/^.*\//, '').toUpperCase();
}

/** 3671.4 → "1:01:11" */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (number) => String(number).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** "3 files", "1 file" */
export function count(number, noun) {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
