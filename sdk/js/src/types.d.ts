/**
 * The API's requests and answers, under the names that the library uses, and what the library has of its own. The former are
 * generated: `api.d.ts` is made from docs/openapi.json by `npm run generate`.
 */

import type { components } from './api.js';

type Schemas = components['schemas'];

export type Visibility = Schemas['Visibility'];
export type State = Schemas['MediaState'];
export type Kind = Schemas['MediaKind'];

/** The body of `POST /apps/{app}/uploads`. */
export type UploadWish = Schemas['UploadRequest'];

/** What a grant is asked for beside its files. */
export type Wish = Omit<UploadWish, 'files'>;

/** The answer to `POST /apps/{app}/uploads`. */
export type UploadGrant = Schemas['UploadCredentials'];

/** A media, as the API shows it. What does not apply is absent, and fields may be added. */
export type Media = Schemas['Media'];

/** Where a media is delivered. */
export type Addresses = Schemas['MediaUrls'];

/** A page of a list. */
export type MediaPage = Schemas['MediaPage'];

/** The bodies of `POST …/ingest` and `POST …/copy`. */
export type IngestWish = Schemas['IngestRequest'];
export type CopyWish = Schemas['CopyRequest'];

/** The media that a file becomes which is fetched or copied. */
export type ExpectedMedia = Schemas['ExpectedMedia'];

/** How much an app uploaded on a day, and how much it has stored. */
export type Usage = Schemas['UsageReport'];

/** The body of `POST …/grants`. */
export type AccessWish = Schemas['GrantRequest'];

/** The answer to `POST …/grants`: `query` and `url`, or `cookies` and `set_cookies`. */
export type AccessGrant = Schemas['AccessGrant'];

/** The body of `PATCH …/media/{media}`: a merge patch, by which `null` removes a field. */
export type Description = Schemas['DescriptionPatch'];

/** What is said of a media after that. */
export type Described = Schemas['MediaDescription'];

/** The body of `POST …/suspend`. */
export type Suspension = Schemas['SuspendRequest'];

/** How a media stands after an operation was asked for. */
export type Standing = Schemas['OperationStatus'];

/** The answers to choosing a poster and a focal point. */
export type Poster = Schemas['PosterAnswer'];
export type Focus = Schemas['FocusAnswer'];

/** The body of `PUT …/webhooks/{name}`, and a webhook. */
export type WebhookWish = Schemas['WebhookRequest'];
export type Webhook = Schemas['Webhook'];

/** What became of an event that was sent to a webhook. */
export type Delivery = Schemas['WebhookDelivery'];
export type DeliveryPage = Schemas['WebhookDeliveryPage'];

/** The answers to asking for a ping, and for events to be sent again. */
export type Pinged = Schemas['WebhookPing'];
export type Resending = Schemas['WebhookResend'];

/** Temporary credentials that can put objects under one prefix of the upload bucket. */
export interface Credentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
}

/** An app's back end, as the library calls it. */
export interface BackendCalls {
  startUpload(wish: UploadWish): Promise<UploadGrant>;
  listMedia(upload: string, after?: string): Promise<MediaPage>;
}

/** Whether nothing has begun, something is going on, or it has ended. */
export type Phase = 'asking' | 'queued' | 'sending' | 'paused' | 'sent' | 'refused' | 'broken' | 'cancelled' | 'interrupted'
  | 'elsewhere' | 'unknown';

/** What is needed to send one file: from the grant, for this file alone. */
export interface Ticket {
  /** The address for one PUT. */
  url: string;
  headers: Record<string, string>;
  credentials: Credentials;
  region: string;
  /** How many milliseconds the browser's clock is behind the server's. */
  skew?: number;
  /** When all of it ends by the browser's clock, in milliseconds since 1970. */
  ends: number;
}

/** A multipart upload that has begun: a retry goes on from it. */
export interface Begun {
  id: string;
  /** Bytes of a part. */
  size: number;
  etags: Map<number, string>;
}

/** One file that is being sent, or was. */
export interface Item {
  /** Of this browser's own. */
  key: string;
  name: string;
  bytes: number;
  lastModified?: number;
  visibility?: Visibility | null;
  addedAt: number;
  sentAt?: number;
  phase: Phase;
  /** Bytes that have gone out. */
  sent: number;
  /** A sentence that says why it did not go out. */
  problem?: string;
  /** Until the page is reloaded. */
  file?: File;
  ticket?: Ticket;
  begun?: Begun;
  upload?: string;
  media?: string;
  /** The media, as the API shows it. */
  view?: Media;
  /** Whether it waits for the network. */
  offline?: boolean;
}
