/** What both elements stand on: building nodes, and a style sheet that a content security policy allows. */

/**
 * Builds an element. Text is always text: nothing here parses HTML, so a file's name cannot become markup.
 * A part has its name as its class, too, for the element's own style sheet.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | undefined>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function build(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries({ class: attributes.part ?? '', ...attributes })) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * Gives an element its shadow tree. A style sheet that is constructed needs no `unsafe-inline`.
 *
 * @param {HTMLElement} host
 * @param {string} css
 * @param {...Node} children
 */
export function shade(host, css, ...children) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  const root = host.attachShadow({ mode: 'open', delegatesFocus: true });
  root.adoptedStyleSheets = [sheet];
  root.append(...children);
}

/**
 * Sets the text only if it changes, so that nothing is read out or laid out again without need.
 *
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** On a server there are no elements, and a module must be importable all the same. */
export const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (/** @type {unknown} */ (class {}));
