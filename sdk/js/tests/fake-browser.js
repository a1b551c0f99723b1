/** What the library needs of a browser, in memory: requests to a bucket, and storage. */

/** A storage as browsers have it: its keys are its properties. */
export class FakeStorage {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    this[key] = String(value);
  }

  removeItem(key) {
    delete this[key];
  }
}

/** A bucket with multipart uploads. `strike(request, number)` may return an answer instead of the bucket's, or 'lost' after the effect. */
export class FakeBucket {
  objects = new Map();
  uploads = new Map();
  requests = [];
  strike = () => undefined;

  async answer(method, address, body) {
    const url = new URL(address);
    const request = { method, part: url.searchParams.get('partNumber'), begins: url.searchParams.has('uploads'), id: url.searchParams.get('uploadId') };
    this.requests.push(request);
    const struck = await this.strike(request, this.requests.length);
    if (struck && struck !== 'lost') return struck;
    const answer = await this.#act(request, url.pathname, body);
    return struck === 'lost' ? { status: 0 } : answer;
  }

  async #act({ method, part, begins, id }, path, body) {
    if (begins) {
      const made = `id-${this.uploads.size + 1}`;
      this.uploads.set(made, new Map());
      return { status: 200, text: `<?xml version="1.0"?><InitiateMultipartUploadResult><UploadId>${made}</UploadId></InitiateMultipartUploadResult>` };
    }
    const bytes = body instanceof Blob ? Buffer.from(await body.arrayBuffer()) : Buffer.from(body ?? '');
    if (id === null) {
      this.objects.set(path, bytes);
      return { status: 200, text: '', etag: '"whole"' };
    }
    const parts = this.uploads.get(id);
    if (!parts) return { status: 404, text: '<Error><Code>NoSuchUpload</Code></Error>' };
    if (method === 'PUT') {
      parts.set(Number(part), bytes);
      return { status: 200, text: '', etag: `"${id}-${part}"` };
    }
    this.uploads.delete(id);
    if (method === 'POST') this.objects.set(path, Buffer.concat([...bytes.toString().matchAll(/<PartNumber>(\d+)/g)].map(([, number]) => parts.get(Number(number)))));
    return { status: 200, text: '<CompleteMultipartUploadResult/>' };
  }
}

/** Installs the bucket as what answers requests, and storages of its own. */
export function install(bucket) {
  globalThis.localStorage = new FakeStorage();
  globalThis.sessionStorage = new FakeStorage();
  globalThis.XMLHttpRequest = class {
    upload = {};
    #headers = {};
    #aborted = false;
    open(method, url) {
      Object.assign(this, { method, url });
    }

    setRequestHeader(name, value) {
      this.#headers[name] = value;
    }

    getResponseHeader(name) {
      return name === 'etag' ? this.etag ?? null : null;
    }

    abort() {
      this.#aborted = true;
      this.onabort?.();
    }

    async send(body) {
      const { status, text = '', etag } = await bucket.answer(this.method, this.url, body, this.#headers);
      if (this.#aborted) return;
      if (body?.size) this.upload.onprogress?.({ loaded: body.size });
      Object.assign(this, { status, responseText: text, etag });
      if (status === 0) this.onerror();
      else this.onload();
    }
  };
}

/** A back end whose uploads are in the bucket, and whose media become ready as soon as somebody looks. */
export class FakeBackend {
  started = [];
  constructor(bucket, { rejects = () => undefined } = {}) {
    this.bucket = bucket;
    this.rejects = rejects;
  }

  async startUpload(wish) {
    this.started.push(wish);
    const upload = `u${this.started.length}`;
    const now = Math.floor(performance.timeOrigin + performance.now());
    const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    const files = wish.files.map(({ name }, place) => ({
      name, key: `demo/${upload}/${name}`, media: `${upload}-${place}`,
      put: { url: `https://bucket.example/demo/${upload}/${encodeURIComponent(name)}?X-Amz-Date=${date}&X-Amz-Signature=1`, headers: { 'content-length': '1' } },
    }));
    // The server's clock is right, whatever the browser's says.
    const Expiration = new Date(now + 3_600_000).toISOString();
    return { AccessKeyId: 'ASIA', SecretAccessKey: 'secret', SessionToken: 'token', Expiration, region: 'eu-west-1', upload, files };
  }

  async listMedia(upload) {
    const number = Number(upload.slice(1));
    const items = this.started[number - 1].files.flatMap(({ name }, place) => {
      if (!this.bucket.objects.has(`/demo/${upload}/${encodeURIComponent(name)}`)) return [];
      const rejection = this.rejects(name);
      return [{ media: `${upload}-${place}`, state: rejection ? 'rejected' : 'ready', rejection, updated_at: '1' }];
    });
    return { items };
  }
}

/** A file of this many bytes, no two stretches of which are the same. */
export function file(name, bytes) {
  const data = new Uint32Array(Math.ceil(bytes / 4)).map((_, place) => Math.imul(place, 2654435761));
  return new File([new Uint8Array(data.buffer, 0, bytes)], name, { type: 'image/png', lastModified: 1_700_000_000_000 });
}

/** Resolves once a condition holds, which is looked at after each event. */
export function until(target, holds) {
  if (holds()) return Promise.resolve();
  return new Promise((resolve) => {
    target.addEventListener('changed', function look() {
      if (!holds()) return;
      target.removeEventListener('changed', look);
      resolve();
    });
  });
}
