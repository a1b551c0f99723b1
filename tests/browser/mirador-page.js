/** A page that embeds Mirador with one window for a manifest. */

import Mirador from 'mirador';

window.show = (manifest) => {
  const place = document.createElement('div');
  place.id = 'mirador';
  place.style.cssText = 'position: fixed; inset: 0; z-index: 100';
  document.body.replaceChildren(place);
  Mirador.viewer({
    id: 'mirador',
    window: { allowClose: false, sideBarOpen: false, thumbnailNavigationPosition: 'far-bottom' },
    windows: [{ manifestId: manifest }],
    workspaceControlPanel: { enabled: false },
  });
};
