/** What a page that shows an image with OpenSeadragon writes. Bundled for the browser by the test. */

import OpenSeadragon from 'openseadragon';

/**
 * Opens an image by its info.json, and zooms in until one of its pixels is one of the screen's.
 *
 * @param {string} info
 * @returns {Promise<{width: number, height: number}>} once every tile in view is there
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
      // The tiles of another level are asked for at the next frame.
      requestAnimationFrame(() => requestAnimationFrame(() => image.whenFullyLoaded(() => {
        const { x, y } = image.getContentSize();
        resolve({ width: x, height: y });
      })));
    });
  });
});
