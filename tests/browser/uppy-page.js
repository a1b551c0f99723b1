/**
 * The code of an app that uses Uppy: the published plugin, with credentials from the app's own back end.
 * The test bundles it for the browser.
 */

import Uppy from '@uppy/core';
import AwsS3 from '@uppy/aws-s3';

/**
 * Uploads one file; returns its media.
 *
 * @param {string} name
 * @param {Blob} data
 * @param {boolean} shouldUseMultipart
 */
window.upload = async (name, data, shouldUseMultipart) => {
  const answer = await fetch('/api/uploads', { method: 'POST', body: JSON.stringify({ files: [{ name }] }) });
  const grant = await answer.json();
  const uppy = new Uppy({ autoProceed: false }).use(AwsS3, {
    shouldUseMultipart,
    getChunkSize: () => 5 * 1024 * 1024,
    generateObjectKey: () => grant.files[0].key,
    s3Endpoint: grant.s3Endpoint,
    getCredentials: () => grant,
  });
  uppy.addFile({ name, type: data.type, data });
  const { failed } = await uppy.upload();
  if (failed.length > 0) throw new Error(failed.map(({ error }) => error).join('; '));
  return grant.files[0].media;
};
