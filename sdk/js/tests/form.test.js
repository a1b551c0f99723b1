/** The values of `<dozo-upload>` in forms, over the few things of a document that it needs. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FakeBackend, FakeBucket, file, install } from './fake-browser.js';

/** An element in memory: attributes, events, and children that are appended. */
class FakeElement extends EventTarget {
  #attributes = new Map();
  dataset = {};
  classList = { toggle() {} };
  isConnected = true;
  children = [];
  append(...children) {
    this.children.push(...children);
  }

  prepend() {}
  replaceChildren() {}
  remove() {}
  contains() {
    return false;
  }

  getRootNode() {
    return {};
  }

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }

  hasAttribute(name) {
    return this.#attributes.has(name);
  }

  setAttribute(name, value) {
    this.#attributes.set(name, value);
  }

  attachShadow() {
    this.shadowRoot = new FakeElement();
    return this.shadowRoot;
  }

  attachInternals() {
    const { form } = FakeElement;
    return { form, setFormValue: (data) => { this.values = data.getAll(this.getAttribute('name')); } };
  }
}

Object.assign(globalThis, {
  HTMLElement: FakeElement,
  CSSStyleSheet: class {
    replaceSync() {}
  },
  document: Object.assign(new EventTarget(), { hidden: false, createElement: () => new FakeElement() }),
});
const { DozoUpload } = await import('../src/elements/upload-element.js');
const { Uploads } = await import('dozo/browser');

let backend;
beforeEach(() => {
  const bucket = new FakeBucket();
  backend = new FakeBackend(bucket);
  install(bucket);
});

/** Opens a page with an element in a form. A reload keeps what the tab stores. */
function open(t, href, { name = 'media', ...attributes } = {}) {
  globalThis.location = { href };
  FakeElement.form = new EventTarget();
  const element = new DozoUpload();
  for (const [attribute, value] of Object.entries({ name, ...attributes })) element.setAttribute(attribute, value);
  element.uploads = new Uploads({ backend });
  t.after(() => element.uploads.close());
  element.connectedCallback();
  return Object.assign(element, { form: FakeElement.form });
}

/** Drops a file on the element and waits until it is ready. */
async function give(element, chosen) {
  const before = new Set(element.uploads.items());
  const drop = Object.assign(new Event('drop'), {
    dataTransfer: { types: ['Files'], items: [{ kind: 'file', getAsFile: () => chosen }] },
  });
  element.shadowRoot.children[0].dispatchEvent(drop);
  await Promise.all(element.uploads.items().filter((item) => !before.has(item)).map((item) => element.uploads.settled(item)));
}

test('a form has its own files, although the page lists all of the origin', async (t) => {
  const profile = open(t, 'https://shop.example/profile');
  await give(profile, file('me.png', 10));
  assert.deepEqual(profile.values, ['u1-0']);
  profile.uploads.close();

  const product = open(t, 'https://shop.example/product');
  await give(product, file('shoe.png', 10));
  assert.equal(product.uploads.items().length, 2);
  assert.deepEqual(product.values, ['u2-0']);

  product.form.dispatchEvent(new Event('submit'));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(product.uploads.items().map(({ name }) => name), ['me.png'], 'the other form keeps its file');
  assert.deepEqual(product.values, []);
});

test('after a reload a form has its files again, and another field of the page has none', async (t) => {
  const before = open(t, 'https://shop.example/product');
  await give(before, file('shoe.png', 10));
  before.uploads.close();
  for (const [name, wanted] of [['cover', []], ['media', ['u1-0']]]) {
    const after = open(t, 'https://shop.example/product', { name });
    await after.uploads.refresh();
    assert.deepEqual(after.values, wanted);
    after.uploads.close();
  }
});

test('what is forgotten leaves nothing in the tab', async (t) => {
  const element = open(t, 'https://shop.example/product', { forget: '' });
  await give(element, file('shoe.png', 10));
  assert.deepEqual(element.values, ['u1-0']);
  assert.deepEqual(Object.keys(sessionStorage), []);
});
