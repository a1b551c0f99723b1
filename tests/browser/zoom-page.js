/** The code of a page that shows an image with OpenSeadragon. The test bundles it for the browser. */

import OpenSeadragon from 'openseadragon';

/**
 * Opens an image by its info.json, and zooms in until one pixel of it covers one pixel of the screen.
 *
 * @param {string} info
 * @returns {Promise<{width: number, height: number}>} the size of the image, once every tile in view is loaded
 */
window.zoom = (info) => new Promise((resolve, reject) => {
  const element = document.createElement('div');
  element.style.cssText = 'position: fixed; inset: 0; z-index: 99; background: #000';
  document.body.append(element);
  const viewer = OpenSeadragon({ element, tileSources: info, drawer: 'canvas', showNavigationControl: false });
  viewer.addHandler('open-failed', ({ message }) => reject(new Error(message)));
  viewer.addHandler('tile-load-failed', ({ message }) => reject(new Error(message)));
  viewer.addHandler('open', () => {
    const image = viewer.world.getItemAt(0);
    image.whenFullyLoaded(() => {
      const { viewport } = viewer;
      viewport.zoomTo(viewport.imageToViewportZoom(1), undefined, true);
      viewport.applyConstraints(true);
      viewer.addOnceHandler('animation-finish', () => {});
      // The tiles of the new level are requested at the next frame.
      requestAnimationFrame(() => requestAnimationFrame(() => image.whenFullyLoaded(() => {
        const { x, y } = image.getContentSize();
        resolve({ width: x, height: y });
      })));
    });
  });
});
