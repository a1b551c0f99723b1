/** Figures as people read them. */

const UNITS = ['bytes', 'kB', 'MB', 'GB'];

/** 89541 → "89.5 kB": decimal, as the sizes that systems show beside files. */
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

/** "14:03:27", for what happened today, otherwise with the day. */
export function moment(timestamp) {
  const when = new Date(timestamp);
  const time = when.toLocaleTimeString('en-GB');
  if (when.toDateString() === new Date().toDateString()) return time;
  return `${when.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })}, ${time}`;
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
