/** Shows the history of a media, oldest first, as recorded. */

import { element } from './element.js';
import { moment, who } from './format.js';

const WORDS = {
  validating: 'Check started',
  accepted: 'Accepted',
  rejected: 'Rejected',
  ready: 'Ready for delivery',
  failed: 'Failed',
  superseded: 'A later file of the same name was ignored',
  collided: 'Another file with the same id was refused',
  suspending: 'Suspension requested',
  reason_changed: 'Suspended for another reason',
  suspended: 'Suspended: not delivered to anybody',
  restoring: 'Restore requested',
  restored: 'Restored',
  moving: 'Change of visibility requested',
  moved: 'Moved: its URLs have changed',
  captions_put: 'Captions put',
  captions_removed: 'Captions taken away',
  updated: 'Captions changed',
  retried: 'Tried again',
  deleting: 'Deletion requested',
  deleted: 'Deleted',
};

/** @param {{at: string, what: string, by: string, note?: string}[]} events */
export function history(events) {
  return element('ol', { class: 'history' }, ...events.map((event) => element('li', { 'data-what': event.what },
    element('span', { class: 'history-what' }, WORDS[event.what] ?? event.what.replaceAll('_', ' ')),
    element('span', { class: 'history-when' },
      element('time', { datetime: event.at }, moment(event.at)), ', by ', element('span', { title: event.by }, who(event.by))),
    event.note ? element('code', { class: 'history-note' }, event.note) : null)));
}
