/** `dozo/elements`: defines `<dozo-upload>` and `<dozo-image>`. On a server it does nothing. */

import { DozoImage } from './image-element.js';
import { DozoUpload } from './upload-element.js';

export { DozoImage, DozoUpload };

const elements = /** @type {const} */ ([['dozo-image', DozoImage], ['dozo-upload', DozoUpload]]);
for (const [name, element] of elements) {
  if (!globalThis.customElements?.get(name)) globalThis.customElements?.define(name, element);
}
