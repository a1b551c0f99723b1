/** Audio: a player in the details. */

import { duration, format } from '../format.js';
import { player } from '../player.js';

export const icon = 'sound';

export function preview() {
  return '';
}

export function brief(view) {
  return view.duration_seconds ? duration(view.duration_seconds) : '';
}

export function facts(view) {
  const found = [];
  if (view.duration_seconds) found.push(['Duration', duration(view.duration_seconds)]);
  if (view.content_type) found.push(['Format', format(view.content_type)]);
  return found;
}

export function viewer(view) {
  return player(view, 'audio');
}
