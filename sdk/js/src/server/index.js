/** `dozo/server`: the API for an app's back end, and webhooks. */

export { Problem } from '../problem.js';
export { Dozo } from './client.js';
export { verifyWebhook, WebhookError } from './webhooks.js';
