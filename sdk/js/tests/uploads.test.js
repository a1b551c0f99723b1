/** Uploads from a page, over a bucket in memory that fails where a test says so. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { upload, Uploads } from 'dozo/browser';
import { FakeBackend, FakeBucket, file, install, until } from './fake-browser.js';

const PART = 8 * 1024 * 1024;
const LARGE = 2 * PART + 1_000_000;

let bucket;
let backend;
beforeEach(() => {
  bucket = new FakeBucket();
  backend = new FakeBackend(bucket);
  install(bucket);
});

const only = () => [...bucket.objects.values()][0];
const partsSent = () => bucket.requests.filter(({ method, part }) => method === 'PUT' && part).map(({ part }) => Number(part)).sort();
const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());

function open(t, store = 'test.') {
  const uploads = new Uploads({ backend, store });
  t.after(() => uploads.close());
  return uploads;
}

test('a small file goes in one request and is ready', async () => {
  const seen = [];
  const small = file('cat.png', 1000);
  const media = await upload(small, { backend, visibility: 'private', onProgress: ({ phase }) => seen.push(phase) });
  assert.equal(media.state, 'ready');
  assert.deepEqual(only(), await bytesOf(small));
  assert.deepEqual(backend.started, [{ duration_seconds: 3600, visibility: 'private', files: [{ name: 'cat.png', bytes: 1000, content_type: 'image/png' }] }]);
  assert.deepEqual([...new Set(seen)], ['queued', 'sending', 'sent']);
  assert.deepEqual(Object.keys(localStorage), [], 'nothing is remembered');
});

test('a large file goes in parts and arrives whole', async () => {
  const large = file('large.png', LARGE);
  await upload(large, { backend });
  assert.deepEqual(partsSent(), [1, 2, 3]);
  assert.ok(only().equals(await bytesOf(large)));
});

test('why a file is refused is thrown', async () => {
  backend = new FakeBackend(bucket, { rejects: () => ({ code: 'damaged', message: 'The file ends too early.' }) });
  await assert.rejects(upload(file('cat.png', 10), { backend }), { name: 'Problem', code: 'damaged', message: 'The file ends too early.' });
  backend.startUpload = async () => {
    throw Object.assign(new Error('Give a shorter name.'), { field: 'files[0].name' });
  };
  await assert.rejects(upload(file('cat.png', 10), { backend }), { code: 'refused', message: 'Give a shorter name.' });
});

test('one refused file does not stop the others', async (t) => {
  const uploads = open(t);
  const start = backend.startUpload.bind(backend);
  backend.startUpload = async (wish) => {
    const place = wish.files.findIndex(({ name }) => name === 'bad');
    if (place >= 0) throw Object.assign(new Error('Not this.'), { field: `files[${place}].name` });
    return start(wish);
  };
  const items = uploads.add([file('one', 10), file('bad', 10), file('two', 10)]);
  await Promise.all(items.map((item) => uploads.settled(item)));
  assert.deepEqual(items.map(({ phase }) => phase), ['sent', 'refused', 'sent']);
});

for (const [name, struck] of [['a throttled', { status: 503, text: '<Error><Code>SlowDown</Code></Error>' }], ['a lost', { status: 0 }], ['an answer of 200 that is an error of', { status: 200, text: '<Error><Code>InternalError</Code></Error>' }]]) {
  test(`${name} request is tried again, wherever it is`, async () => {
    const large = file('large.png', LARGE);
    // Beginning, three parts, completing.
    for (let place = 1; place <= 5; place += 1) {
      bucket = new FakeBucket();
      install(bucket);
      bucket.strike = (_, number) => (number === place ? struck : undefined);
      await upload(large, { backend: new FakeBackend(bucket) });
      assert.ok(only().equals(await bytesOf(large)), `request ${place}`);
      assert.equal(bucket.requests.length, 6);
    }
  });
}

test('an answer that is lost when everything is done does not send the file again', async () => {
  const large = file('large.png', LARGE);
  bucket.strike = ({ method, id }, number) => (method === 'POST' && id && number === 5 ? 'lost' : undefined);
  await upload(large, { backend });
  assert.deepEqual(partsSent(), [1, 2, 3]);
});

test('a refused request is not tried again', async (t) => {
  const uploads = open(t);
  bucket.strike = () => ({ status: 403, text: '<Error><Code>ExpiredToken</Code></Error>' });
  const [item] = uploads.add([file('cat.png', 10)]);
  await uploads.settled(item);
  assert.equal(item.phase, 'broken');
  assert.match(item.problem, /ExpiredToken.*credentials may have expired/);
  assert.equal(bucket.requests.length, 1);
});

/** Begins a large upload whose third part never gets an answer; resolves when the others are there. */
async function beginAndHang(uploads, large) {
  bucket.strike = ({ part }) => (part === '3' ? new Promise(() => {}) : undefined);
  const [item] = uploads.add([large], { visibility: 'public' });
  await until(uploads, () => item.begun?.etags.size === 2);
  bucket.strike = () => undefined;
  bucket.requests.length = 0;
  return item;
}

test('a paused upload goes on with the parts that are missing', async (t) => {
  const uploads = open(t);
  const large = file('large.png', LARGE);
  const item = await beginAndHang(uploads, large);
  uploads.pause(item);
  assert.equal(item.phase, 'paused');
  uploads.resume(item);
  await uploads.settled(item);
  assert.equal(item.view?.state, 'ready');
  assert.deepEqual(partsSent(), [3]);
  assert.ok(only().equals(await bytesOf(large)));
});

test('after a reload the same file goes on where it stopped', async (t) => {
  const before = new Uploads({ backend, store: 'test.' });
  const large = file('large.png', LARGE);
  await beginAndHang(before, large);
  before.close();

  const uploads = open(t);
  await uploads.recall();
  const [stopped] = uploads.items();
  await until(uploads, () => stopped.phase === 'interrupted');
  const [item, other] = uploads.add([large, file('large.png', LARGE - 1)], { visibility: 'public' });
  assert.equal(item, stopped, 'it is the same entry');
  assert.notEqual(other, stopped, 'another file of the same name is not taken for it');
  await uploads.settled(item);
  assert.deepEqual(bucket.requests.filter(({ id }) => id === 'id-1').map(({ part }) => part), ['3', null]);
  assert.ok(bucket.objects.get('/demo/u1/large.png').equals(await bytesOf(large)));
  await uploads.settled(other);
  assert.deepEqual(Object.keys(sessionStorage), [], 'credentials are forgotten with the upload');
});

test('what was dropped meanwhile is sent from its beginning', async (t) => {
  const uploads = open(t);
  const large = file('large.png', LARGE);
  const item = await beginAndHang(uploads, large);
  uploads.pause(item);
  bucket.uploads.clear();
  uploads.resume(item);
  await uploads.settled(item);
  assert.equal(item.phase, 'sent');
  assert.ok(only().equals(await bytesOf(large)));
});

test('a grant that ends soon is not gone on with', async (t) => {
  const uploads = open(t);
  const large = file('large.png', LARGE);
  const item = await beginAndHang(uploads, large);
  uploads.pause(item);
  item.ticket.ends = Date.now() + 60_000;
  uploads.resume(item);
  await uploads.settled(item);
  assert.equal(backend.started.length, 2);
  assert.deepEqual(partsSent(), [1, 2, 3]);
});

test('a file whose turn comes when the grant ends soon is asked for again', async (t) => {
  const uploads = open(t);
  let letGo;
  const held = new Promise((resolve) => {
    letGo = resolve;
  });
  bucket.strike = () => held.then(() => undefined);
  const items = uploads.add(['a', 'b', 'c', 'd', 'e'].map((name) => file(name, 10)));
  await until(uploads, () => items.filter(({ phase }) => phase === 'sending').length === 3);
  for (const item of items.slice(3)) item.ticket.ends = Date.now() + 60_000;
  letGo();
  await Promise.all(items.map((item) => uploads.settled(item)));
  assert.deepEqual(items.map(({ view }) => view?.state), Array(5).fill('ready'));
  assert.deepEqual(backend.started.map(({ files }) => files.map(({ name }) => name)), [['a', 'b', 'c', 'd', 'e'], ['d'], ['e']]);
  assert.equal(bucket.requests.length, 5, 'no byte went out with a grant that ends');
});

test('a file that is paused and resumed while it is asked for again goes out', async (t) => {
  const uploads = open(t);
  const start = backend.startUpload.bind(backend);
  const letGo = [];
  const hang = new Promise((resolve) => letGo.push(resolve));
  bucket.strike = () => hang.then(() => undefined);
  const items = uploads.add(['a', 'b', 'c', 'd'].map((name) => file(name, 10)));
  const last = items[3];
  await until(uploads, () => items.filter(({ phase }) => phase === 'sending').length === 3);
  last.ticket.ends = Date.now() + 60_000;
  backend.startUpload = async (wish) => {
    await new Promise((resolve) => letGo.push(resolve));
    return start(wish);
  };
  letGo.shift()();
  await until(uploads, () => last.phase === 'asking');
  uploads.pause(last);
  uploads.resume(last);
  while (letGo.length < 2) await new Promise(setImmediate);
  letGo.forEach((go) => go());
  await Promise.all(items.map((item) => uploads.settled(item)));
  assert.equal(last.view?.state, 'ready');
});

test('whoever hears that asking again failed may try again at once', async (t) => {
  const uploads = open(t);
  const start = backend.startUpload.bind(backend);
  const [item] = uploads.add([file('a', 10)]);
  uploads.pause(item);
  await until(uploads, () => item.ticket);
  item.ticket.ends = Date.now() + 60_000;
  let faults = 1;
  backend.startUpload = async (wish) => {
    faults -= 1;
    if (faults >= 0) throw new Error('Not now.');
    return start(wish);
  };
  uploads.addEventListener('changed', () => item.phase === 'broken' && uploads.resume(item));
  uploads.resume(item);
  await until(uploads, () => item.view?.state === 'ready');
  assert.equal(bucket.requests.length, 1);
});

test('a grant is asked for as long as the files take, and for an hour where that is refused', async (t) => {
  const uploads = open(t);
  const start = backend.startUpload.bind(backend);
  const asked = [];
  backend.startUpload = async (wish) => {
    asked.push(wish.duration_seconds);
    if (wish.duration_seconds > 3600) throw Object.assign(new Error('Give 900 to 3600 seconds.'), { field: 'duration_seconds' });
    return start(wish);
  };
  const sized = (size) => Object.defineProperty(file('a.mp4', 10), 'size', { value: size });
  for (const [size, wanted] of [[1e6, [3600]], [2.5e9, [10_000, 3600]], [1e12, [43_200, 3600]]]) {
    const [item] = uploads.add([sized(size)]);
    await until(uploads, () => item.ticket);
    uploads.cancel(item);
    assert.deepEqual(asked.splice(0), wanted, `${size}`);
  }
  const [item] = uploads.add([file('b.mp4', 10)], { duration_seconds: 900 });
  await uploads.settled(item);
  assert.deepEqual(asked, [900], 'the page has the last word');
});

test('what is too much for a quota is asked for in halves', async (t) => {
  const uploads = open(t);
  const start = backend.startUpload.bind(backend);
  let left = 3;
  backend.startUpload = async (wish) => {
    if (wish.files.length > left) throw Object.assign(new Error('3 files are left for today.'), { code: 'quota_exceeded', field: 'files' });
    left -= wish.files.length;
    return start(wish);
  };
  const items = uploads.add(['a', 'b', 'c', 'd', 'e'].map((name) => file(name, 10)));
  await Promise.all(items.map((item) => uploads.settled(item)));
  assert.deepEqual(items.map(({ phase }) => phase), ['sent', 'sent', 'sent', 'broken', 'broken']);
  assert.equal(items[4].problem, '3 files are left for today.');
});

test('a clock that is wrong does not spoil signatures', async (t) => {
  const real = Date.now;
  t.after(() => {
    Date.now = real;
  });
  for (const minutes of [-20, 20, 120]) {
    bucket = new FakeBucket();
    install(bucket);
    const { answer } = bucket;
    bucket.answer = (method, address, body) => {
      const date = new URL(address).searchParams.get('X-Amz-Date');
      const at = Date.parse(date.replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
      if (Math.abs(at - real()) > 15 * 60_000) return { status: 403, text: '<Error><Code>RequestTimeTooSkewed</Code></Error>' };
      return answer.call(bucket, method, address, body);
    };
    Date.now = () => real() + minutes * 60_000;
    const made = new FakeBackend(bucket);
    const large = file('large.png', LARGE);
    await upload(large, { backend: made });
    assert.ok(only().equals(await bytesOf(large)), `${minutes}`);
    assert.equal(made.started.length, 1, `${minutes}`);
  }
});

test('a cancelled upload has its parts dropped', async (t) => {
  const uploads = open(t);
  const item = await beginAndHang(uploads, file('large.png', LARGE));
  uploads.cancel(item);
  await uploads.settled(item);
  while (bucket.uploads.size > 0) await new Promise(setImmediate);
  assert.deepEqual(bucket.requests.map(({ method }) => method), ['DELETE']);
});

test('an aborted upload rejects', async () => {
  const stop = new AbortController();
  bucket.strike = () => new Promise(() => {});
  const sending = upload(file('cat.png', 10), { backend, signal: stop.signal, onProgress: ({ phase }) => phase === 'sending' && stop.abort() });
  await assert.rejects(sending, { name: 'AbortError' });
});

test('a file that took long to send is waited for as any other', async (t) => {
  const uploads = open(t);
  const { listMedia } = FakeBackend.prototype;
  let asked = 0;
  backend.listMedia = async (id) => {
    asked += 1;
    return asked === 1 ? { items: [] } : listMedia.call(backend, id);
  };
  const [item] = uploads.add([file('slow.png', 10)]);
  item.addedAt -= 3_600_000;
  await uploads.settled(item);
  assert.equal(item.view?.state, 'ready');
});

test('whoever waits is told when everything is closed', async () => {
  const uploads = new Uploads({ backend, store: null });
  bucket.strike = () => new Promise(() => {});
  const [item] = uploads.add([file('cat.png', 10)]);
  const waiting = uploads.settled(item);
  uploads.close();
  await assert.rejects(waiting, { name: 'AbortError' });
});

test('what is stored and is no file is left alone', async (t) => {
  const hostile = ['null', '[]', '{', '{"key":"x"}', '{"key":"other","name":"a","addedAt":1,"bytes":1}', '"\u202e"', '{"key":"y","name":7,"addedAt":1}'];
  hostile.forEach((text, place) => localStorage.setItem(`test.${place}`, text));
  localStorage.setItem('test.k', JSON.stringify({ key: 'k', name: 'a', bytes: 5, addedAt: 1, phase: 'sending' }));
  sessionStorage.setItem('test.k', '{"ticket": {"url": 5}, "begun": {"etags": 3}}');
  localStorage.setItem('another', 'x');
  const uploads = open(t);
  await uploads.recall();
  assert.deepEqual(uploads.items().map(({ key }) => key), ['k']);
  const [item] = uploads.items();
  await until(uploads, () => item.phase === 'interrupted');
  assert.equal(item.ticket, undefined);
});

test('a browser that stores nothing uploads all the same', async (t) => {
  const refuses = () => {
    throw new DOMException('no', 'QuotaExceededError');
  };
  globalThis.localStorage = { setItem: refuses, getItem: refuses, removeItem: refuses };
  globalThis.sessionStorage = globalThis.localStorage;
  const uploads = open(t);
  const [item] = uploads.add([file('cat.png', 10)]);
  await uploads.settled(item);
  assert.equal(item.view?.state, 'ready');
});

test('a list that repeats itself ends', async (t) => {
  const uploads = open(t);
  let asked = 0;
  const { listMedia } = FakeBackend.prototype;
  backend.listMedia = async (id) => {
    asked += 1;
    return { ...await listMedia.call(backend, id), next: 'same' };
  };
  const [item] = uploads.add([file('cat.png', 10)]);
  await uploads.settled(item);
  assert.ok(asked <= 4, `${asked}`);
});
