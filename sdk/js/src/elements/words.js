/**
 * What `<dozo-upload>` says, for pages in other languages: `element.words = { choose: 'Dateien wählen' }`.
 */

/**
 * @typedef {object} Words
 * @property {string} zone the name of the element, for screen readers
 * @property {string} drop
 * @property {string} choose
 * @property {string} pause
 * @property {string} resume
 * @property {string} cancel
 * @property {string} remove
 * @property {Record<string, string>} states instead of the words of `standing`, by its `name`: `{ ready: 'Fertig' }`
 */

/** @type {Words} */
export const WORDS = {
  zone: 'Upload', drop: 'Drop files here, or', choose: 'Choose files', pause: 'Pause', resume: 'Resume', cancel: 'Cancel', remove: 'Remove',
  states: {},
};
