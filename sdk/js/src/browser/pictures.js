/** Addresses of a media's pictures: in several widths, in the app's sizes, and signed. */

/** @typedef {import('../types.js').Media} Media */

/** What the IIIF Image API gives at most: https://iiif.io/api/image/3.0/ and the limits in info.json. */
const MOST_SIDE = 8_192;
const MOST_AREA = 16_777_216;

/** The longer side of the smallest size that info.json lists, in pixels. */
const SMALLEST = 100;

/**
 * Returns the address of a media's picture in several widths, for `srcset` together with `sizes`. The widths are the picture's
 * own and its halves, which are the sizes that info.json lists, so an app with `sizes_only` gives them, too.
 *
 * @param {Media} media an image or a film that is ready
 * @param {{format?: 'webp' | 'avif' | 'jpg', most?: number, query?: string}} [options] `most` is the greatest width in pixels,
 *   and `query` the grant of a private media
 * @returns {string} '' if there is no picture
 */
export function srcset(media, { format = 'webp', most = 4_096, query } = {}) {
  const { width = 0, height = 0 } = media;
  const base = iiifOf(media);
  if (!base || width < 1 || height < 1) return '';
  return sizesOf(width, height, most)
    .map(([across, down]) => `${signed(`${base}/full/${across},${down}/0/default.${format}`, query)} ${across}w`).join(', ');
}

/**
 * Returns one address of a media's picture, for `src`: of the largest size of {@link srcset} that is not wider than this.
 *
 * @param {Media} media
 * @param {{format?: 'webp' | 'avif' | 'jpg', most?: number, query?: string}} [options] `jpg` is what everything shows
 * @returns {string} '' if there is no picture
 */
export function source(media, { format = 'jpg', most = 1_280, query } = {}) {
  const [address = ''] = srcset(media, { format, most, query }).split(', ').at(-1)?.split(' ') ?? [];
  return address;
}

/**
 * Returns the address of a picture in one of the app's presets, at several densities, for `srcset` without `sizes`. The preset's
 * `dpr` must allow the densities.
 *
 * @param {Media} media
 * @param {string} preset its name
 * @param {{densities?: number[], query?: string}} [options]
 * @returns {string} '' if the media has no such preset
 */
export function presetSrcset(media, preset, { densities = [1, 2], query } = {}) {
  const address = media.urls?.thumbs?.[preset];
  if (!address) return '';
  return densities
    .map((density) => `${signed(density === 1 ? address : address.replace(/\.auto$/, `.${density}x.auto`), query)} ${density}x`).join(', ');
}

/**
 * Returns the media with signed addresses: behind each, at any depth, is the grant's query.
 *
 * @param {Media} media
 * @param {string} query of a grant
 * @returns {Media}
 */
export function withGrant(media, query) {
  const { urls } = media;
  if (!urls) return media;
  // A IIIF image is named by its base URL; viewers open its info.json, which is where the signature belongs.
  const iiif = urls.iiif && `${urls.iiif}/info.json`;
  return { ...media, urls: /** @type {import('../types.js').Addresses} */ (eachSigned({ ...urls, ...(iiif && { iiif }) }, query)) };
}

/**
 * @param {unknown} addresses
 * @param {string} query
 * @returns {unknown}
 */
function eachSigned(addresses, query) {
  if (typeof addresses === 'string') return signed(addresses, query);
  if (Array.isArray(addresses)) return addresses.map((address) => eachSigned(address, query));
  return Object.fromEntries(Object.entries(addresses ?? {}).map(([name, address]) => [name, eachSigned(address, query)]));
}

/**
 * @param {string} address
 * @param {string} [query]
 */
function signed(address, query) {
  return query ? `${address}${address.includes('?') ? '&' : '?'}${query}` : address;
}

/** @param {Media} media */
function iiifOf({ kind, urls }) {
  if (kind === 'video') return urls?.poster?.replace(/\/poster\.jpg$/, '/iiif/poster') ?? '';
  return urls?.iiif ?? '';
}

/**
 * Returns widths and heights, smallest first: the largest that is given, and halves of the whole.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} most
 */
function sizesOf(width, height, most) {
  /** @type {[number, number][]} */
  const found = [];
  for (let factor = 1; ; factor *= 2) {
    const [across, down] = [Math.ceil(width / factor), Math.ceil(height / factor)];
    const longer = Math.max(across, down);
    if (factor > 1 && longer < SMALLEST) return found.reverse();
    if (across <= most && longer <= MOST_SIDE && across * down <= MOST_AREA) found.push([across, down]);
  }
}
