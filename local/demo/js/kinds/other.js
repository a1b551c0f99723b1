/** What there is no renderer for, or nothing to render of. */

export const icon = 'file';

export function preview() {
  return '';
}

export function brief() {
  return '';
}

export function facts() {
  return [];
}

export function viewer() {
  return null;
}
