/** Lists of the API, page after page. */

/**
 * @template T
 * @param {(after: string | undefined) => Promise<{items: T[], next?: string | null}>} page asks for one page
 * @param {string} [after] where it begins
 * @returns {AsyncGenerator<T, void, void>} what is on the pages, each asked for when it is needed
 */
export async function* pages(page, after) {
  do {
    const { items, next } = await page(after);
    yield* items;
    // An API that repeats itself would be asked for ever.
    after = next === after ? undefined : next ?? undefined;
  } while (after);
}
