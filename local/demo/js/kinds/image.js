/** Pictures: in the sizes of the app's presets, if there are any; otherwise as delivered. */

import { element } from '../element.js';
import { Frame } from '../frame.js';
import { format, plainName } from '../format.js';

export const icon = 'image';

export function preview(view) {
  return view.urls?.thumbs?.card ?? view.urls?.original ?? '';
}

export function previewSet(view) {
  const { card, 'card-2x': dense } = view.urls?.thumbs ?? {};
  return card && dense ? `${card} 1x, ${dense} 2x` : '';
}

export function brief(view) {
  return view.width ? `${view.width} × ${view.height}` : '';
}

export function facts(view) {
  const found = [];
  if (view.width) found.push(['Dimensions', `${view.width} × ${view.height}`]);
  if (view.frames > 1) found.push(['Frames', String(view.frames)]);
  if (view.content_type) found.push(['Format', format(view.content_type)]);
  if (view.source_type) found.push(['Uploaded as', format(view.source_type)]);
  if (view.pictures > 1) found.push(['Pictures in the file', String(view.pictures)]);
  return found;
}

export function viewer(view) {
  const { width, height } = view;
  const source = view.urls.thumbs?.large ?? view.urls.original;
  const frame = new Frame({ src: source, alt: plainName(view.file_name), width, height });
  const link = element('a', { href: view.urls.original, target: '_blank', rel: 'noopener' });
  frame.picture.replaceWith(link);
  link.append(frame.picture);
  frame.element.classList.add('viewer');
  return frame.element;
}
