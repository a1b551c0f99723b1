/**
 * Wires the page: files are chosen, and sent and watched by Dozo's client library.
 *
 *   choose ─▶ uploads (the library, sdk/js)
 *                │ changes
 *   list, details, announcer, access (grants for what is private)
 *
 * What changes elsewhere is told by the back end (follow).
 */

import { standing, Uploads } from '/sdk/browser/index.js';
import { Access } from './access.js';
import { Announcer } from './announce.js';
import { backend, changeMedia } from './api.js';
import { listenForFiles } from './choose.js';
import { Details } from './details.js';
import { follow } from './follow.js';
import { plainName } from './format.js';
import { List } from './list.js';

const node = (id) => document.getElementById(id);

const uploads = new Uploads({ backend, store: 'dozo.demo.files.' });
const details = new Details(node('details'), async (item, what, body) => {
  await changeMedia(item.view.media, what, body);
  await uploads.refresh();
});
const announcer = new Announcer(node('announcer'));
uploads.addEventListener('reachable', ({ detail: { reachable } }) => {
  node('offline').hidden = reachable;
});

new Access(uploads);

const nodes = { list: node('list'), empty: node('empty'), summary: node('summary'), heading: node('list-title') };
const list = new List(uploads, nodes, {
  open: (item) => details.open(item),
  pause: (item) => {
    uploads.pause(item);
    list.focus(item);
  },
  cancel: (item) => {
    uploads.cancel(item);
    list.focus(item);
  },
  retry: (item) => {
    uploads.resume(item);
    list.focus(item);
  },
  remove: (item) => uploads.remove(item),
});

uploads.addEventListener('changed', ({ detail: { item, before } }) => {
  details.update(item);
  const [now, then] = [standing(item), standing(before)];
  if (now.name === then.name) return;
  if (now.look !== 'busy') announcer.tell(item);
});

listenForFiles({ zone: node('drop'), input: node('files') }, (files) => {
  if (files.length === 0) return;
  uploads.add(files, { visibility: node('private').checked ? 'private' : 'public' });
  announcer.say(files.length === 1 ? `Uploading ${plainName(files[0].name)}.` : `Uploading ${files.length} files.`);
});

window.addEventListener('beforeunload', (event) => {
  const sending = uploads.items().some((item) => ['asking', 'queued', 'sending'].includes(item.phase));
  if (sending) event.preventDefault();
});

// Once there are files, the zone for adding more takes less room.
const makeRoom = () => document.body.toggleAttribute('data-filled', uploads.items().length > 0);
for (const name of ['added', 'removed']) uploads.addEventListener(name, makeRoom);

uploads.recall();
follow(uploads);
