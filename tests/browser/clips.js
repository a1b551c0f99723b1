/** Makes audio and video to upload with the FFmpeg that `make` fetched. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86_64';
export const FFMPEG = new URL(`../../.local/ffmpeg/${ARCHITECTURE}/ffmpeg`, import.meta.url).pathname;

const PICTURE = '-f lavfi -i testsrc=size=320x240:rate=25:duration=2';
const TONE = '-f lavfi -i sine=frequency=440:duration=2';
const X264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p';
const SILENT = (size, seconds) => `-f lavfi -i testsrc=size=${size}:rate=25:duration=${seconds} ${X264}`;
const VARYING = 'setpts=if(lt(N\\,25)\\,N/25\\,1+(N-25)/12.5)/TB';

/** Runs FFmpeg with these arguments; returns its output as a file to choose. */
export function clip(name, options) {
  const directory = mkdtempSync(join(tmpdir(), 'clip-'));
  const path = join(directory, name);
  execFileSync(FFMPEG, [...'-hide_banner -loglevel error -nostdin -y'.split(' '), ...options.split(' '), path]);
  const buffer = readFileSync(path);
  rmSync(directory, { recursive: true });
  return { name, mimeType: '', buffer };
}

/** Makes a video like a phone's: stored lying, shown upright. */
function turned(name) {
  const directory = mkdtempSync(join(tmpdir(), 'clip-'));
  const lying = join(directory, 'lying.mp4');
  execFileSync(FFMPEG, [...`-hide_banner -loglevel error -nostdin -y ${SILENT('320x240', 2)}`.split(' '), lying]);
  const file = clip(name, `-display_rotation 90 -i ${lying} -c copy`);
  rmSync(directory, { recursive: true });
  return file;
}

/** Makes a film with captions in German and, in the same words, in French. */
export function captioned(name) {
  const directory = mkdtempSync(join(tmpdir(), 'clip-'));
  const words = join(directory, 'words.srt');
  writeFileSync(words, '1\n00:00:00,500 --> 00:00:02,000\nEins <b>zwei</b> & 1 < 2\n');
  const file = clip(name, `${PICTURE} ${TONE} -i ${words} -map 0 -map 1 -map 2 -map 2 ${X264} -c:a aac -c:s srt `
    + '-metadata:s:s:0 language=ger -metadata:s:s:1 language=fre');
  rmSync(directory, { recursive: true });
  return file;
}

/** Returns a file of each format, its displayed size (none for sound alone), and its length in seconds. */
export function formats() {
  const film = (name, options) => ({ file: clip(name, `${PICTURE} ${TONE} ${options}`), size: [320, 240], seconds: 2 });
  const silent = (name, options, size, seconds = 2) => ({ file: clip(name, options), size, seconds });
  const sound = (name, options) => ({ file: clip(name, `${TONE}${options}`), seconds: 2 });
  return [
    film('film.mp4', `${X264} -c:a aac`),
    film('film.webm', '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p -c:a libopus'),
    film('film.mkv', `${X264} -c:a libvorbis`),
    film('film.avi', '-c:v mpeg4 -c:a libmp3lame'),
    film('film.ts', `${X264} -c:a aac`),
    { file: turned('turned.mov'), size: [240, 320], seconds: 2 },
    silent('portrait.mp4', SILENT('240x426', 2), [240, 426]),
    silent('silent.mp4', SILENT('320x240', 2), [320, 240]),
    silent('second.mp4', SILENT('320x240', 1), [320, 240], 1),
    silent('odd.mkv', '-f lavfi -i testsrc=size=321x239:rate=25:duration=2 -c:v ffv1 -pix_fmt yuv444p', [320, 238]),
    silent('varying.mp4', `-f lavfi -i testsrc=size=320x240:rate=25:duration=3 -vf ${VARYING} -fps_mode vfr ${X264}`, [320, 240], 4.92),
    sound('sound.mp3', ' -c:a libmp3lame'),
    sound('sound.wav', ''),
    sound('sound.flac', ''),
    sound('sound.ogg', ' -c:a libvorbis'),
    sound('sound.m4a', ' -c:a aac'),
  ];
}
