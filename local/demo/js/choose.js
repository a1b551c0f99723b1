/** Takes files that the user chooses, drops or pastes. */

/**
 * @param {{zone: HTMLElement, input: HTMLInputElement}} nodes
 * @param {(files: File[]) => void} take
 */
export function listenForFiles({ zone, input }, take) {
  input.addEventListener('change', () => {
    take([...input.files]);
    // Allow the same file to be chosen again.
    input.value = '';
  });

  // Accept files anywhere on the page: if they miss the zone, the browser must not open them and leave the page.
  let depth = 0;
  const hold = (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return false;
    event.preventDefault();
    return true;
  };
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    zone.toggleAttribute('data-over', depth > 0);
    // The zone may be out of view, so the whole window shows that it accepts files.
    document.documentElement.toggleAttribute('data-over', depth > 0);
  };
  document.addEventListener('dragenter', (event) => hold(event) && mark(1));
  document.addEventListener('dragover', hold);
  document.addEventListener('dragleave', () => mark(-1));
  document.addEventListener('drop', (event) => {
    if (!hold(event)) return;
    mark(-depth);
    take(filesOf(event.dataTransfer));
  });

  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    take(files.map(withTime));
  });
}

/** Omits folders, which appear as files that cannot be read. */
function filesOf(transfer) {
  return [...transfer.items]
    .filter((item) => item.kind === 'file' && !item.webkitGetAsEntry?.()?.isDirectory)
    .map((item) => item.getAsFile())
    .filter(Boolean);
}

/** Adds the time to the name, because every pasted picture is called image.png. */
function withTime(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const now = new Date();
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0')).join('.');
  return new File([file], file.name.replace('image', `Pasted at ${time}`), { type: file.type });
}
