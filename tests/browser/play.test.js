/** Tests that every format plays in a browser: the time advances, the picture is upright, and the length is right. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captioned, clip, formats } from './clips.js';
import { card, choose, openDemo } from './stage.js';

/** Plays the media in a card's details for a while; returns what was observed. */
async function played(page, name) {
  const ready = await card(page, name, 'ready');
  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name });
  const media = dialog.locator('video, audio');
  await media.waitFor();
  const handle = await media.elementHandle();
  // The player is loaded after the element is shown. When it gives the element its source, it interrupts what plays.
  await page.waitForFunction((element) => element.currentSrc !== '', handle);
  await media.evaluate(async (element) => {
    element.muted = true;
    await element.play();
  });
  await page.waitForFunction((element) => element.currentTime > 0.5, handle);
  await page.waitForFunction((element) => Number.isFinite(element.duration), handle);
  const seen = await media.evaluate((element) => ({
    seconds: element.duration, start: element.buffered.start(0), size: [element.videoWidth ?? 0, element.videoHeight ?? 0], source: element.currentSrc,
  }));
  await page.keyboard.press('Escape');
  await media.waitFor({ state: 'detached' });
  return seen;
}

test('every format plays on the page, in pieces', async (t) => {
  const page = await openDemo(t);
  const all = formats();
  await choose(page, ...all.map(({ file }) => file));
  for (const { file, size, seconds } of all) {
    const seen = await played(page, file.name);
    assert.ok(Math.abs(seen.seconds - seconds) <= 0.15, `${file.name}: ${seen.seconds} s`);
    // Sound and picture are fetched separately; if one began late, nothing before it would be buffered.
    assert.ok(seen.start <= 0.03, `${file.name}: begins at ${seen.start} s`);
    assert.deepEqual(seen.size, size ?? [0, 0], file.name);
    // A player feeds a blob segment by segment; a browser that plays HLS itself has the playlist's address here.
    assert.match(seen.source, /^blob:/, file.name);
  }
});

test('a private film plays by its grant, in pieces', async (t) => {
  const page = await openDemo(t);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url())));
  await page.getByLabel(/^Private/).check();
  await choose(page, clip('private.mp4', '-f lavfi -i testsrc=size=320x240:rate=25:duration=2 -pix_fmt yuv420p'));
  const seen = await played(page, 'private.mp4');
  assert.deepEqual(seen.size, [320, 240]);
  assert.match(seen.source, /^blob:/);
  const pieces = asked.filter(({ pathname }) => /^\/private\/.*\/hls\//.test(pathname));
  assert.ok(pieces.some(({ pathname }) => pathname.endsWith('.m4s')), asked.join('\n'));
  for (const { href, search } of pieces) assert.match(search, /Signature=/, href);
});

test('a strip shows what is where in a film, also to the keyboard', async (t) => {
  const page = await openDemo(t);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url())));
  await page.getByLabel(/^Private/).check();
  await choose(page, clip('places.mp4', '-f lavfi -i testsrc=size=640x360:rate=25:duration=8 -c:v libx264 -preset ultrafast -pix_fmt yuv420p'));
  const ready = await card(page, 'places.mp4', 'ready');
  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name: 'places.mp4' });
  const slider = dialog.getByRole('slider', { name: 'Look through the film' });
  await slider.waitFor();
  const storyboard = () => asked.filter(({ pathname }) => pathname.includes('/storyboard'));
  assert.equal(storyboard().length, 0, 'nothing is fetched before somebody looks');

  const sheet = page.waitForResponse((answer) => answer.url().includes('/storyboard/1.jpg'));
  const { width, height } = await slider.boundingBox();
  await slider.hover({ position: { x: width * 0.6, y: height / 2 } });
  assert.equal((await sheet).status(), 200);
  const shown = () => dialog.locator('.strip-picture').evaluate(({ style, clientWidth, clientHeight }) => ({
    place: style.backgroundPosition, size: [clientWidth, clientHeight],
  }));
  assert.deepEqual(await shown(), { place: '-320px 0px', size: [160, 90] });
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/strip.png` });
  await page.mouse.move(0, 0);
  await dialog.locator('.strip-bubble').waitFor({ state: 'hidden' });

  await slider.focus();
  await page.keyboard.press('End');
  await dialog.locator('.strip-bubble').waitFor();
  assert.equal(await slider.getAttribute('aria-valuetext'), '0:08');
  assert.deepEqual((await shown()).place, '-480px 0px');
  const video = await dialog.locator('video').elementHandle();
  await page.waitForFunction((element) => element.currentTime > 7, video);
  for (const { href, search } of storyboard()) assert.match(search, /Signature=/, href);
  assert.equal(storyboard().length, 2, 'the text and one sheet');
});

test('captions of a film are listed and shown at their time', async (t) => {
  const page = await openDemo(t);
  await choose(page, captioned('captioned.mkv'));
  const ready = await card(page, 'captioned.mkv', 'ready');
  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name: 'captioned.mkv' });
  const video = await dialog.locator('video').elementHandle();
  await page.waitForFunction((element) => element.textTracks.length === 2, video);
  const listed = await video.evaluate((element) => [...element.textTracks].map(({ label, language, kind }) => [label, language, kind]));
  assert.deepEqual(listed, [['Deutsch', 'de', 'subtitles'], ['Français', 'fr', 'subtitles']]);
  // As a viewer does with the button of the player.
  await video.evaluate((element) => {
    element.textTracks[0].mode = 'showing';
  });
  await page.waitForFunction((element) => element.textTracks[0].cues?.length > 0, video);
  const cue = await video.evaluate((element) => {
    const [{ startTime, endTime, text }] = element.textTracks[0].cues;
    return { startTime, endTime, text };
  });
  assert.ok(Math.abs(cue.startTime - 0.5) < 0.1 && Math.abs(cue.endTime - 2) < 0.1, JSON.stringify(cue));
  assert.equal(cue.text.trim(), 'Eins <b>zwei</b> &amp; 1 &lt; 2');
  await video.evaluate((element) => {
    element.muted = true;
    element.currentTime = 1;
  });
  await page.waitForFunction((element) => element.textTracks[0].activeCues?.length === 1, video);
  await dialog.getByText('Deutsch, Français').waitFor();
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/captions.png` });
});

test('captions are put and removed on the page', async (t) => {
  const page = await openDemo(t);
  await choose(page, clip('plain.mp4', '-f lavfi -i testsrc=size=320x240:rate=25:duration=2 -pix_fmt yuv420p'));
  const ready = await card(page, 'plain.mp4', 'ready');
  await ready.getByRole('button', { name: 'Details of' }).click();
  const dialog = page.getByRole('dialog', { name: 'plain.mp4' });
  await dialog.getByLabel('Language of the captions').fill('pt-br');
  const text = 'WEBVTT\n\n00:00.000 --> 00:02.000\nOlá\n';
  await dialog.getByLabel('Put captions').setInputFiles({ name: 'a.vtt', mimeType: 'text/vtt', buffer: Buffer.from(text) });
  const remove = dialog.getByRole('button', { name: 'Remove captions: Português (BR)' });
  await remove.waitFor();
  await card(page, 'plain.mp4', 'ready');
  // The page's own player keeps the playlist that it loaded before, as browsers do for five minutes.
  const answer = JSON.parse(await dialog.locator('.answer pre').textContent());
  const [address] = Object.values(answer.urls.captions);
  assert.match(await (await fetch(address)).text(), /Olá/);
  await remove.click();
  await remove.waitFor({ state: 'detached' });
});
