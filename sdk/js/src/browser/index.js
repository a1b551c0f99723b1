/** `dozo/browser`: uploads from a page, and what shows their media. */

export { Problem } from '../problem.js';
export { Backend } from './backend.js';
export { StorageError } from './bucket.js';
export { presetSrcset, source, srcset, withGrant } from './pictures.js';
export { isSettled, standing } from './states.js';
export { placeholder } from './thumbhash.js';
export { upload, Uploads } from './uploads.js';
