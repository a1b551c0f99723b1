/**
 * Plays what the CDN delivers: HLS, by hls.js, in the size that suits the line; in one file where that cannot be had.
 *
 * Of a private media, the grant that opens the playlist goes behind the address of each piece, too; and the CDN lets only
 * those pages read private pieces that it is told of (the template's PrivateCorsOrigins).
 */

import { element } from './element.js';
import { plainName } from './format.js';

/**
 * @param {object} view as show-media gives it, with addresses that open
 * @param {'audio' | 'video'} name of the element
 * @param {Record<string, unknown>} [properties] of it
 */
export function player(view, name, properties = {}) {
  const { hls, mp4, m4a } = view.urls;
  const whole = mp4 ?? m4a;
  const media = element(name, { class: 'player', controls: true, preload: 'metadata', 'aria-label': plainName(view.file_name),
    ...properties });
  const inOneFile = () => {
    media.src = whole;
  };
  inPieces(media, hls, inOneFile).catch(inOneFile);
  return media;
}

async function inPieces(media, address, otherwise) {
  const { default: Hls } = await import('/vendor/hls.js');
  if (!Hls.isSupported()) throw new Error('no media source extensions');
  const { search: grant } = new URL(address);
  const hls = new Hls({
    // The page's policy lets no worker be made of a blob.
    enableWorker: false,
    // A playlist names its pieces without the grant.
    xhrSetup: (request, piece) => request.open('GET', new URL(grant, piece)),
  });
  hls.on(Hls.Events.ERROR, (event, { fatal }) => {
    if (!fatal) return;
    hls.destroy();
    otherwise();
  });
  // An element that is taken out of the page pauses.
  media.addEventListener('pause', () => media.isConnected || hls.destroy());
  hls.loadSource(address);
  hls.attachMedia(media);
}
