/**
 * Plays media from the CDN: HLS with hls.js, in the size that suits the connection, or a single file if HLS is not
 * available. hls.js finds captions in the playlist; beside a single file they are tracks of the element.
 *
 * For a private media, the grant is appended to the URL of each segment, too; and the CDN allows only the configured
 * pages to read private segments (the template's PrivateCorsOrigins).
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
    // Captions of another origin need it.
    media.crossOrigin = 'anonymous';
    media.append(...tracks(view));
    media.src = whole;
  };
  inPieces(media, hls, inOneFile).catch(inOneFile);
  return media;
}

/** Returns the captions as tracks. */
function tracks({ captions = [], urls }) {
  return captions.map(({ id, language, name }) => element('track', { kind: 'captions', src: urls.captions[id], srclang: language, label: name }));
}

async function inPieces(media, address, otherwise) {
  const { default: Hls } = await import('/vendor/hls.js');
  if (!Hls.isSupported()) throw new Error('no media source extensions');
  const { search: grant } = new URL(address);
  const hls = new Hls({
    // The page's security policy does not allow a worker made from a blob.
    enableWorker: false,
    // A playlist names its segments without the grant.
    xhrSetup: (request, piece) => request.open('GET', new URL(grant, piece)),
  });
  hls.on(Hls.Events.ERROR, (event, { fatal }) => {
    if (!fatal) return;
    hls.destroy();
    otherwise();
  });
  // An element that is removed from the page pauses.
  media.addEventListener('pause', () => media.isConnected || hls.destroy());
  hls.loadSource(address);
  hls.attachMedia(media);
}
