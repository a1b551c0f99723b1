/**
 * Describes a file's state in words: first from what this page knows (the phase), then from what Dozo says (the
 * state).
 */

/** @typedef {'busy' | 'good' | 'bad' | 'quiet'} Look */
/** @typedef {{text: string, look: Look}} Words */

/**
 * @param {Record<Look, Record<string, string>>} looks
 * @returns {Record<string, Words>}
 */
function byName(looks) {
  return Object.fromEntries(Object.entries(looks).flatMap(([look, words]) => (
    Object.entries(words).map(([name, text]) => [name, { text, look: /** @type {Look} */ (look) }])
  )));
}

/** What this page knows. */
const PHASES = byName({
  busy: {
    asking: 'Asking for credentials', queued: 'Waiting to be uploaded', sending: 'Uploading', sent: 'Uploaded', elsewhere: 'Uploading in another tab',
  },
  good: {},
  bad: { refused: 'Not accepted', broken: 'Upload failed' },
  quiet: { paused: 'Paused', cancelled: 'Cancelled', interrupted: 'Upload interrupted', unknown: 'No longer known' },
});

/** What Dozo says. */
const STATES = byName({
  busy: {
    validating: 'Checking', processing: 'Processing', suspending: 'Being suspended', restoring: 'Being restored', moving: 'Being moved',
    updating: 'Ready; its captions are being changed', deleting: 'Being deleted',
  },
  good: { ready: 'Ready' },
  bad: { rejected: 'Rejected', failed: 'Failed' },
  quiet: { suspended: 'Suspended', deleted: 'Deleted' },
});

const CLOSED = 'The page was closed before the upload was complete. Choose the file again';

/** Why a file stands where it does, as far as that is always the same. */
const REASONS = /** @type {Record<string, string>} */ ({
  interrupted: `${CLOSED}.`,
  // This tab knows how to go on.
  kept: `${CLOSED}, and it goes on where it stopped.`,
  unknown: 'Dozo has no such media any more.',
});

/**
 * Tells whether a media's state changes only if somebody acts. A state that this version does not know is one.
 *
 * @param {import('../types.js').State} state
 */
export function isSettled(state) {
  return STATES[state]?.look !== 'busy';
}

/**
 * @param {import('../types.js').Item} item
 * @returns {{name: string, text: string, look: Look, reason: string, code: string}} a stable name, the words, how it looks;
 *   why, and the reason's code
 */
export function standing(item) {
  const { phase, view } = item;
  if (phase === 'sent' && view) {
    const known = STATES[view.state] ?? /** @type {Words} */ ({ text: view.state, look: 'quiet' });
    const { message = '', code = '' } = view.rejection ?? view.failure ?? {};
    const text = view.progress?.total ? `${known.text}: ${far(view.kind, view.progress)}` : known.text;
    return { name: view.state, ...known, text, reason: message, code };
  }
  const { text, look } = PHASES[phase] ?? /** @type {Words} */ ({ text: phase, look: 'quiet' });
  const reason = item.problem ?? REASONS[phase === 'interrupted' && item.ticket ? 'kept' : phase] ?? '';
  return { name: phase, text: phase === 'sending' && item.offline ? 'Waiting for the network' : text, look, reason, code: '' };
}

/**
 * @param {import('../types.js').Kind | undefined} kind
 * @param {{done: number, total: number}} progress
 */
function far(kind, { done, total }) {
  return kind === 'pdf' ? `${done} of ${total} pages` : `${Math.floor((100 * done) / total)}%`;
}
