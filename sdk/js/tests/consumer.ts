/** An app in TypeScript: tests/package.test.js compiles it against the declarations that the package ships with. */

import { Backend, Problem, srcset, upload, Uploads } from 'dozo/browser';
import { DozoImage, DozoUpload } from 'dozo/elements';
import { Dozo, verifyWebhook } from 'dozo/server';

const dozo = new Dozo({ api: 'https://api.example', app: 'shop', region: 'eu-west-1' });

export async function backEnd(id: string, body: Uint8Array, headers: Headers): Promise<string[]> {
  const { upload: started, files } = await dozo.startUpload({ files: [{ name: 'cat.jpg', bytes: 5 }], visibility: 'private' });
  const names: string[] = [started, ...(files ?? []).map(({ put }) => put.url)];
  for await (const media of dozo.list({ upload: started })) {
    if (media.state === 'ready') names.push(media.urls?.original ?? '');
    // @ts-expect-error there is no such state
    if (media.state === 'dreaming') names.push('');
  }
  for await (const { media } of dozo.list({ state: 'ready', metadata: { album: '1' }, created_from: new Date(), order: 'newest' })) names.push(media);
  const { uploaded, stored } = await dozo.usage('2026-11-29');
  names.push(String(uploaded.media + stored.bytes), stored.as_of);
  // @ts-expect-error there is no such order
  await dozo.page({ order: 'random' });
  await dozo.grantAccess(id, { expires_in: 60, as: 'url' });
  const { media: copied } = await dozo.copy(id, { visibility: 'public' });
  const { state } = await dozo.ingest({ url: 'https://example.com/a.jpg', title: copied });
  names.push(state);
  // @ts-expect-error a reason is needed
  await dozo.suspend(id, {});
  // @ts-expect-error it is not spelt so
  await dozo.startUpload({ filez: [] });
  verifyWebhook(body, headers, 'whsec_');
  return names;
}

export async function frontEnd(file: File, image: DozoImage, element: DozoUpload): Promise<void> {
  const media = await upload(file, { backend: new Backend('/dozo'), onProgress: ({ sent, bytes }) => sent / bytes });
  image.media = media;
  const width: number | undefined = media.width;
  // @ts-expect-error a width is a number
  const text: string = media.width;
  const uploads = new Uploads({ backend: '/dozo', store: null });
  element.uploads = uploads;
  const [item] = uploads.add([file], { visibility: 'public' });
  if (item) await uploads.settled(item);
  if (item?.view) srcset(item.view, { format: 'avif' });
  throw new Problem({ detail: `${width} ${text}` });
}
