/**
 * Wires the page: files are chosen, sent and watched.
 *
 *   choose ─▶ uploader ─▶ library ◀─ watch
 *                           │ changes
 *              list, details, announcer, access (grants for what is private)
 */

import { Access } from './access.js';
import { Announcer } from './announce.js';
import { changeMedia } from './api.js';
import { listenForFiles } from './choose.js';
import { Details } from './details.js';
import { plainName } from './format.js';
import { Library } from './library.js';
import { List } from './list.js';
import { standing } from './states.js';
import { Uploader } from './uploader.js';
import { Watch } from './watch.js';

const node = (id) => document.getElementById(id);

const library = new Library();
const uploader = new Uploader(library);
const details = new Details(node('details'), async (item, what, body) => {
  await changeMedia(item.view.media, what, body);
  await watch.lookAtAll();
});
const announcer = new Announcer(node('announcer'));
const watch = new Watch(library, (reachable) => {
  node('offline').hidden = reachable;
});

new Access(library);

const nodes = { list: node('list'), empty: node('empty'), summary: node('summary'), heading: node('list-title') };
const list = new List(library, nodes, {
  open: (item) => details.open(item),
  cancel: (item) => {
    uploader.cancel(item);
    list.focus(item);
  },
  retry: (item) => {
    uploader.retry(item);
    list.focus(item);
  },
  remove: (item) => uploader.remove(item),
});

library.addEventListener('changed', ({ detail: { item, before } }) => {
  details.update(item);
  const [now, then] = [standing(item), standing(before)];
  if (now.name === then.name) return;
  if (now.name === 'sent') watch.expectNews();
  if (now.look !== 'busy') announcer.tell(item);
});

listenForFiles({ zone: node('drop'), input: node('files') }, (files) => {
  if (files.length === 0) return;
  uploader.add(files, node('private').checked ? 'private' : 'public');
  announcer.say(files.length === 1 ? `Uploading ${plainName(files[0].name)}.` : `Uploading ${files.length} files.`);
});

window.addEventListener('beforeunload', (event) => {
  const sending = library.items().some((item) => ['asking', 'queued', 'sending'].includes(item.phase));
  if (sending) event.preventDefault();
});

// Once there are files, the zone for adding more takes less room.
const makeRoom = () => document.body.toggleAttribute('data-filled', library.items().length > 0);
for (const name of ['added', 'removed']) library.addEventListener(name, makeRoom);

library.recall();
watch.lookAtAll();
