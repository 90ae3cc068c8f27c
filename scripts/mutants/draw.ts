import { hash } from 'node:crypto'

/**
 * `items` in an order that is drawn by `seed`. What `textOf` says of an item decides on its place, so that a change elsewhere
 * leaves the order of the others as it was.
 */
export function inDrawnOrder<Item>(
  items: readonly Item[],
  seed: string,
  textOf: (item: Item) => string,
): Item[] {
  return items
    .map(item => ({ item, key: hash('sha256', `${seed} ${textOf(item)}`) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item)
}
