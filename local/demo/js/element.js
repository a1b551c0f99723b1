/**
 * Builds elements. Text is always text: nothing here parses HTML, so a file's name cannot become markup.
 */

import { plainName } from './format.js';

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} name tag
 * @param {Record<string, unknown>} [properties] attributes; `onclick` and the like are listeners; true is an empty
 *   attribute; false, null and undefined leave it out
 * @param {...(Node | string | null)} children
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value != null) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Returns one of the symbols in `index.html`. It is decoration, so it is hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Builds a button whose accessible name also says what it acts on. */
export function button(label, of, onclick, properties = {}) {
  return element('button', { type: 'button', class: 'button', onclick, ...properties },
    label, element('span', { class: 'visually-hidden' }, ` ${of}`));
}

/** Shows a file's name, isolated from the text direction around it. */
export function fileName(name) {
  return element('bdi', {}, plainName(name));
}

/** Sets the text only if it changes, so that nothing is read out or laid out again without need. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
