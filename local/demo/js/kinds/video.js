/** Videos: the poster in the list, a player in the details, with a strip that shows what is where. */

import { element } from '../element.js';
import { duration, format } from '../format.js';
import { player } from '../player.js';
import { strip } from '../strip.js';

export const icon = 'film';

export function preview(view) {
  return view.urls?.thumbs?.card ?? view.urls?.poster ?? '';
}

export function previewSet(view) {
  const { card, 'card-2x': dense } = view.urls?.thumbs ?? {};
  return card && dense ? `${card} 1x, ${dense} 2x` : '';
}

export function brief(view) {
  const size = view.width ? [`${view.width} × ${view.height}`] : [];
  return [...size, ...(view.duration_seconds ? [duration(view.duration_seconds)] : [])].join(' · ');
}

export function facts(view) {
  const found = [];
  if (view.width) found.push(['Dimensions', `${view.width} × ${view.height}`]);
  if (view.duration_seconds) found.push(['Duration', duration(view.duration_seconds)]);
  if (view.content_type) found.push(['Format', format(view.content_type)]);
  if (view.captions) found.push(['Captions', view.captions.map(({ name }) => name).join(', ')]);
  return found;
}

export function viewer(view) {
  const { width, height } = view;
  const film = player(view, 'video', { poster: view.urls.poster, width, height });
  return element('div', {}, film, strip(view, film));
}
