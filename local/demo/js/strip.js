/**
 * A strip below a film that shows what is where in it: the picture of the storyboard under the pointer, or for the
 * keyboard at the place of the slider. Whoever chooses a place sees the film from there.
 *
 * The storyboard is fetched when somebody first looks at the strip. For a private media, the grant is appended to the
 * URL of each sheet, because the text names them without it.
 */

import { element, setText } from './element.js';
import { duration } from './format.js';

/** A cue: when it begins, the sheet, and the part of the sheet. */
const CUE = /^(\d+):(\d\d):(\d\d\.\d{3}) --> .*\n(.+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm;

/** The shortest way between two places that the arrow keys reach, in seconds. */
const LEAST_STEP = 0.1;

/**
 * @param {object} view as show-media gives it, with addresses that open
 * @param {HTMLMediaElement} media the player
 * @returns {HTMLElement | null} nothing where the film has no storyboard
 */
export function strip({ urls, duration_seconds: seconds }, media) {
  if (!urls.storyboard || !seconds) return null;
  const slider = element('input', { type: 'range', class: 'strip-slider', min: 0, max: seconds, value: 0,
    step: Math.max(seconds / 100, LEAST_STEP), 'aria-label': 'Look through the film' });
  const picture = element('div', { class: 'strip-picture' });
  const time = element('div', { class: 'strip-time' });
  const bubble = element('div', { class: 'strip-bubble', 'aria-hidden': 'true', hidden: true }, picture, time);
  let loading;
  const show = async (at) => {
    loading ??= load(urls.storyboard);
    bubble.hidden = false;
    // Inside the dialog, which cuts off what is beside it.
    bubble.style.left = `clamp(5.5rem, ${(at / seconds) * 100}%, 100% - 5.5rem)`;
    setText(time, duration(at));
    const cues = await loading;
    const cue = cues.findLast(({ begin }) => begin <= at) ?? cues[0];
    if (cue) draw(picture, cue);
  };
  const hide = () => {
    bubble.hidden = true;
  };
  slider.addEventListener('pointermove', ({ offsetX }) => show(Math.min(Math.max(offsetX / slider.clientWidth, 0), 1) * seconds));
  slider.addEventListener('pointerleave', hide);
  slider.addEventListener('focus', () => slider.matches(':focus-visible') && show(slider.valueAsNumber));
  slider.addEventListener('blur', hide);
  slider.addEventListener('input', () => {
    slider.setAttribute('aria-valuetext', duration(slider.valueAsNumber));
    show(slider.valueAsNumber);
  });
  slider.addEventListener('change', () => {
    media.currentTime = slider.valueAsNumber;
  });
  // Who is looking for a place is not taken away from it.
  media.addEventListener('timeupdate', () => {
    if (bubble.hidden) slider.value = media.currentTime;
  });
  return element('div', { class: 'strip' }, bubble, slider);
}

/** Fetches the storyboard. A film can be watched without it, so a failure shows no pictures. */
async function load(address) {
  const answer = await fetch(address).catch(() => undefined);
  const text = answer?.ok ? await answer.text() : '';
  const { search: grant } = new URL(address);
  return [...text.matchAll(CUE)].map(([, hours, minutes, seconds, sheet, ...part]) => {
    const url = new URL(sheet, address);
    url.search = grant;
    const [x, y, width, height] = part.map(Number);
    return { begin: hours * 3600 + minutes * 60 + Number(seconds), sheet: url.href, x, y, width, height };
  });
}

function draw({ style }, { sheet, x, y, width, height }) {
  style.width = `${width}px`;
  style.height = `${height}px`;
  style.backgroundImage = `url("${sheet}")`;
  style.backgroundPosition = `${-x}px ${-y}px`;
}
