/** `count` of `items`, the same for the same `seed`, in their order. */
export function sampleOf<Item>(items: readonly Item[], count: number, seed: number): Item[] {
  const random = mulberry32(seed)
  const drawn = items.map((_, index) => ({ index, key: random() })).sort((a, b) => a.key - b.key)
  const chosen = new Set(drawn.slice(0, count).map(({ index }) => index))
  return items.filter((_, index) => chosen.has(index))
}

/** The generator of that name: numbers from 0 up to 1. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
