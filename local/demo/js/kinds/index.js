/**
 * How each kind of media is shown: one file a kind. A kind has
 *
 * - `icon`, the symbol that stands for it,
 * - `preview(view)`, the address of a picture for the list, or '',
 * - `previewSet(view)`, the same at several densities, as an `img`'s `srcset`, or ''; may be absent,
 * - `brief(view)`, how large it is in a word or two, or '',
 * - `facts(view)`, what is worth knowing of it: `[[name, value], …]`,
 * - `viewer(view)`, an element that shows it at full size.
 */

import * as audio from './audio.js';
import * as image from './image.js';
import * as other from './other.js';
import * as pdf from './pdf.js';
import * as video from './video.js';

const KINDS = { audio, image, pdf, video };

/** @param {import('/sdk/types.js').Item} item */
export function kindOf(item) {
  if (item.view?.kind) return KINDS[item.view.kind] ?? other;
  const [claimed, format] = (item.file?.type ?? '').split('/');
  return KINDS[claimed] ?? KINDS[format] ?? other;
}
