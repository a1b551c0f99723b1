/**
 * The actions of an admin on a media, as far as its state allows them: suspend, restore, retry, move, delete. A
 * requested action runs in Dozo; the page watches it.
 */

import { element } from './element.js';

const REASONS = [['abuse', 'a violation of the rules'], ['legal', 'a legal demand'], ['other', 'another reason']];

/** States of operations that can be retried after they were given up half-way. */
const OPERATIONS = ['suspending', 'restoring', 'moving', 'updating', 'deleting'];

/**
 * @param {import('/sdk/types.js').Item} item
 * @param {(what: string, body?: object) => Promise<void>} act asks for it; throws a Problem when it is refused
 * @returns {HTMLElement | null} nothing when there is nothing to be done
 */
export function manage({ view }, act) {
  const complaint = element('p', { class: 'manage-problem', role: 'alert' });
  // Not disabled during the request, because that would take the focus away.
  let asking = false;
  const run = async (what, body) => {
    if (asking) return;
    asking = true;
    complaint.textContent = '';
    controls.setAttribute('aria-busy', 'true');
    try {
      await act(what, body);
    } catch (problem) {
      complaint.textContent = problem.message;
    } finally {
      asking = false;
      controls.removeAttribute('aria-busy');
    }
  };
  const offered = offers(view, run);
  if (offered.length === 0) return null;
  const controls = element('div', { class: 'manage' }, ...offered);
  return element('section', {}, element('h3', {}, 'Admin actions'), controls, complaint);
}

function offers({ state, visibility, failure, ...view }, run) {
  const plain = (label, what, body) => control(label, () => run(what, body));
  const other = visibility === 'private' ? 'public' : 'private';
  const again = plain('Try again', 'retry');
  switch (state) {
    case 'ready': return [plain(`Make it ${other}`, 'visibility', { visibility: other }), suspension(run), ...captions(view, run), deletion(run)];
    case 'updating': return [...(failure ? [again] : []), suspension(run), ...captions(view, run), deletion(run)];
    case 'suspended': return [plain('Restore', 'restore'), deletion(run)];
    case 'failed': return [again, suspension(run), deletion(run)];
    case 'rejected': return [deletion(run)];
    default: return failure && OPERATIONS.includes(state) ? [again] : [];
  }
}

function control(label, onclick, properties = {}) {
  return element('button', { type: 'button', class: 'button', onclick, ...properties }, label);
}

/** Puts captions from a file in a language, and takes away those that there are. */
function captions({ kind, captions: listed = [] }, run) {
  if (kind !== 'video' && kind !== 'audio') return [];
  const language = element('input', { class: 'button', size: 8, placeholder: 'de, pt-BR …', 'aria-label': 'Language of the captions' });
  const file = element('input', { class: 'visually-hidden', type: 'file', accept: '.vtt,.srt', onchange: async () => {
    const [chosen] = file.files;
    if (chosen) await run('put-captions', { language: language.value.trim() || 'und', text: await chosen.text() });
    file.value = '';
  } });
  const put = element('span', { class: 'manage-pair' }, element('label', { class: 'button' }, 'Put captions …', file), language);
  const languages = new Map(listed.map((one) => [one.language, one.name]));
  return [put, ...Array.from(languages, ([tag, name]) => control(`Remove captions: ${name}`, () => run('remove-captions', { language: tag })))];
}

function suspension(run) {
  const reason = element('select', { class: 'button', 'aria-label': 'Reason to suspend it' },
    ...REASONS.map(([value, words]) => element('option', { value }, words)));
  return element('span', { class: 'manage-pair' }, control('Suspend, for', () => run('suspend', { reason: reason.value })), reason);
}

/** Asks for confirmation in the button's place, because deleted media cannot be restored. */
function deletion(run) {
  const first = control('Delete for good …', () => {
    pair.replaceChildren(
      control('Yes, erase it everywhere', () => run('delete'), { class: 'button button-bad' }),
      control('Keep it', () => {
        pair.replaceChildren(first);
        first.focus();
      }));
    pair.lastChild.focus();
  });
  const pair = element('span', { class: 'manage-pair' }, first);
  return pair;
}
