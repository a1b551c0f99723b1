/** Runs a Lambda handler for Node.js behind a Runtime API: `node runtime.mjs HANDLER`. */

import { pathToFileURL } from 'node:url';

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const { handler } = await import(pathToFileURL(process.argv[2])).then((module) => (module.handler ? module : module.default));

for (;;) {
  const next = await fetch(`${base}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const event = await next.json();
  try {
    const answer = await handler(event, { awsRequestId: id });
    await fetch(`${base}/invocation/${id}/response`, { method: 'POST', body: JSON.stringify(answer) });
  } catch (error) {
    await fetch(`${base}/invocation/${id}/error`, { method: 'POST', body: String(error?.stack ?? error) });
  }
}
