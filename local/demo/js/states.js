/**
 * Describes a file's state in words: first from what this page knows (the phase), then from what Dozo says (the
 * state).
 *
 * @typedef {'asking' | 'queued' | 'sending' | 'sent' | 'refused' | 'broken' | 'cancelled' | 'interrupted' | 'elsewhere' | 'unknown'} Phase
 */

const PHASES = {
  asking: { text: 'Asking for credentials', look: 'busy' },
  queued: { text: 'Waiting to be uploaded', look: 'busy' },
  sending: { text: 'Uploading', look: 'busy' },
  sent: { text: 'Uploaded', look: 'busy' },
  refused: { text: 'Not accepted', look: 'bad' },
  broken: { text: 'Upload failed', look: 'bad' },
  cancelled: { text: 'Cancelled', look: 'quiet' },
  interrupted: { text: 'Upload interrupted', look: 'quiet', reason: 'The page was closed before the upload was complete. Choose the file again.' },
  elsewhere: { text: 'Uploading in another tab', look: 'busy' },
  unknown: { text: 'No longer known', look: 'quiet', reason: 'Dozo has no such media. It may have been restarted without its state.' },
};

const STATES = {
  validating: { text: 'Checking', look: 'busy' },
  processing: { text: 'Processing', look: 'busy' },
  ready: { text: 'Ready', look: 'good' },
  rejected: { text: 'Rejected', look: 'bad' },
  failed: { text: 'Failed', look: 'bad' },
  suspending: { text: 'Being suspended', look: 'busy' },
  suspended: { text: 'Suspended', look: 'quiet' },
  restoring: { text: 'Being restored', look: 'busy' },
  moving: { text: 'Being moved', look: 'busy' },
  updating: { text: 'Ready; its captions are being changed', look: 'busy' },
  deleting: { text: 'Being deleted', look: 'busy' },
  deleted: { text: 'Deleted', look: 'quiet' },
};

/** Tells whether a media's state changes only if somebody acts. */
export function isSettled(state) {
  return STATES[state]?.look !== 'busy';
}

/**
 * @param {import('./library.js').Item} item
 * @returns {{name: string, text: string, look: 'busy' | 'good' | 'bad' | 'quiet', reason: string, code: string}} a stable
 *   name, the words, how it looks; why, and the reason's code
 */
export function standing(item) {
  const { phase, view } = item;
  if (phase === 'sent' && view) {
    const known = STATES[view.state] ?? { text: view.state, look: 'quiet' };
    const { message = '', code = '' } = view.rejection ?? view.failure ?? {};
    const { done, total } = view.progress ?? {};
    const far = view.kind === 'pdf' ? `${done} of ${total} pages` : `${Math.floor((100 * done) / total)}%`;
    const text = total ? `${known.text}: ${far}` : known.text;
    return { name: view.state, ...known, text, reason: message, code };
  }
  const waiting = phase === 'sending' && item.offline && { text: 'Waiting for the network' };
  return { name: phase, reason: '', code: '', ...PHASES[phase], ...waiting, ...(item.problem && { reason: item.problem }) };
}
