/** The ways in for files: choosing, dropping, pasting. */

/**
 * @param {{zone: HTMLElement, input: HTMLInputElement}} nodes
 * @param {(files: File[]) => void} take
 */
export function listenForFiles({ zone, input }, take) {
  input.addEventListener('change', () => {
    take([...input.files]);
    // The same file may be chosen again.
    input.value = '';
  });

  // Anywhere on the page: missing the zone must not make the browser open the file and leave.
  let depth = 0;
  const hold = (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return false;
    event.preventDefault();
    return true;
  };
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    zone.toggleAttribute('data-over', depth > 0);
    // The zone may be scrolled away: the whole window says that it takes them.
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

/** Folders come as files that cannot be read; they are left out. */
function filesOf(transfer) {
  return [...transfer.items]
    .filter((item) => item.kind === 'file' && !item.webkitGetAsEntry?.()?.isDirectory)
    .map((item) => item.getAsFile())
    .filter(Boolean);
}

/** What is pasted is always called image.png. */
function withTime(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const now = new Date();
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0')).join('.');
  return new File([file], file.name.replace('image', `Pasted at ${time}`), { type: file.type });
}
