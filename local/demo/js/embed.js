/** HTML that shows a media in someone's own page, for users to copy. */

/**
 * @param {object} view as show-media gives it, with addresses that open
 * @returns {string} nothing where there is no element for it
 */
export function embedOf({ kind, urls, width, height, file_name: name }) {
  const size = width ? { width, height } : {};
  switch (kind) {
    case 'image': return tag('img', { src: urls.original, ...size, alt: name ?? '' });
    case 'video': return `${tag('video', { controls: true, src: urls.mp4, poster: urls.poster, ...size })}</video>`;
    case 'audio': return `${tag('audio', { controls: true, src: urls.m4a })}</audio>`;
    case 'pdf': return `${tag('a', { href: urls.original })}${escape(name ?? 'Document')}</a>`;
    default: return '';
  }
}

function tag(name, attributes) {
  const written = Object.entries(attributes).filter(([, value]) => value !== undefined)
    .map(([key, value]) => (value === true ? ` ${key}` : ` ${key}="${escape(String(value))}"`));
  return `<${name}${written.join('')}>`;
}

/** Escapes text for content and quoted attributes: a file's name may be anything that its uploader typed. */
function escape(text) {
  return text.replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter]);
}
