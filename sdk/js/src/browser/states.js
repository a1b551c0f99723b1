/**
 * Describes a file's state in words: first from what this page knows (the phase), then from what Dozo says (the
 * state).
 */

/** @typedef {'busy' | 'good' | 'bad' | 'quiet'} Look */

/** The words of each phase, and behind them those of each state, by how a file looks then. No phase has the name of a state. */
const WORDS = /** @type {Record<Look, Record<string, string>>} */ ({
  busy: {
    asking: 'Asking for credentials', queued: 'Waiting to be uploaded', sending: 'Uploading', sent: 'Uploaded', elsewhere: 'Uploading in another tab',
    validating: 'Checking', processing: 'Processing', suspending: 'Being suspended', restoring: 'Being restored', moving: 'Being moved',
    updating: 'Ready; its captions are being changed', deleting: 'Being deleted',
  },
  good: { ready: 'Ready' },
  bad: { refused: 'Not accepted', broken: 'Upload failed', rejected: 'Rejected', failed: 'Failed' },
  quiet: {
    paused: 'Paused', cancelled: 'Cancelled', interrupted: 'Upload interrupted', unknown: 'No longer known', suspended: 'Suspended', deleted: 'Deleted',
  },
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
  return !WORDS.busy[state];
}

/**
 * @param {import('../types.js').Item} item
 * @returns {{name: string, text: string, look: Look, reason: string, code: string}} a stable name, the words, how it looks;
 *   why, and the reason's code
 */
export function standing({ phase, view, problem, ticket, offline }) {
  const media = phase === 'sent' ? view : undefined;
  const name = media?.state ?? phase;
  const looks = /** @type {[Look, Record<string, string>][]} */ (Object.entries(WORDS));
  const [look, words] = looks.find(([, known]) => known[name]) ?? ['quiet', WORDS.quiet];
  const word = phase === 'sending' && offline ? 'Waiting for the network' : words[name] ?? name;
  const text = media?.progress?.total ? `${word}: ${far(media.kind, media.progress)}` : word;
  const { message = '', code = '' } = media?.rejection ?? media?.failure ?? {};
  const reason = media ? message : problem ?? REASONS[phase === 'interrupted' && ticket ? 'kept' : phase] ?? '';
  return { name, text, look, reason, code };
}

/**
 * @param {import('../types.js').Kind | undefined} kind
 * @param {{done: number, total: number}} progress
 */
function far(kind, { done, total }) {
  return kind === 'pdf' ? `${done} of ${total} pages` : `${Math.floor((100 * done) / total)}%`;
}
