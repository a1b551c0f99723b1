/** Media that cannot be rendered, or have nothing to render. */

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
