/** A gallery: uploads pictures, shows them, and takes them down. The readme of the package says how to start it. */

import express from 'express';
import { fileURLToPath } from 'node:url';
import { Dozo } from 'dozo/server';

const { ADMIN_ACCESS_KEY_ID: accessKeyId, ADMIN_SECRET_ACCESS_KEY: secretAccessKey, PORT = 3000 } = process.env;
const dozo = new Dozo();
const admin = new Dozo({ credentials: { accessKeyId, secretAccessKey } });
const pictures = new Set(); // An app has a database, and looks at who asks before it does anything of what follows.
const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
const figure = (media) => `<li><dozo-image media="${escape(JSON.stringify(media))}" alt="${escape(media.file_name)}" sizes="20rem"></dozo-image>
  <form method="post" action="/pictures/${media.media}/suspend"><button>Take down ${escape(media.file_name)}</button></form></li>`;

const app = express().use(express.json(), express.urlencoded());
app.use('/dozo', express.static(fileURLToPath(new URL('..', import.meta.resolve('dozo/elements')))));
app.post('/api/uploads', async ({ body }, response) => response.status(201).json(await dozo.startUpload(body)));
app.get('/api/uploads/:upload/media', async ({ params, query }, response) => {
  response.json(await dozo.page({ upload: params.upload, after: query.after }));
});
app.get('/', async (request, response) => {
  const media = await Promise.all([...pictures].map((one) => dozo.show(one)));
  response.send(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
    <title>Gallery</title><script type="module" src="/dozo/elements/index.js"></script><main><h1>Gallery</h1>
    <ul style="max-width: 20rem">${media.map(figure).join('')}</ul><form method="post" action="/pictures">
    <dozo-upload name="media" accept="image/*" multiple></dozo-upload><p><button>Add to the gallery</button></p></form></main>`);
});
app.post('/pictures', ({ body }, response) => {
  for (const media of [body.media ?? []].flat()) pictures.add(media);
  response.redirect(303, '/');
});
app.post('/pictures/:media/suspend', async ({ params: { media } }, response) => {
  await admin.suspend(media, { reason: 'other' });
  pictures.delete(media);
  response.redirect(303, '/');
});
app.use((problem, request, response, next) => response.status(problem.status || 500).json(problem));
const server = app.listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
