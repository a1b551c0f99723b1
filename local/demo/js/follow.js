/**
 * Follows the back end's events. Each says that a media has changed, wherever that was ordered; then the list is read again.
 */

/** Milliseconds to wait for more changes before the list is read. */
const TOGETHER = 150;

/** The changes that are told. */
const CHANGES = [
  'media.ready', 'media.rejected', 'media.failed', 'media.suspended', 'media.restored', 'media.visibility_changed',
  'media.deleted', 'media.changed', 'many',
];

/** Has `uploads` refreshed when the back end tells of a change. A browser connects again by itself when the connection ends. */
export function follow(uploads) {
  let waiting = false;
  const refresh = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      uploads.refresh();
    }, TOGETHER);
  };
  const events = new EventSource('/api/events');
  for (const change of CHANGES) events.addEventListener(change, refresh);
}
