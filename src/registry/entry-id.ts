const LONGEST = 64

/** An id for an entry that matches `host`, such as `payments.example` for `*.payments.example`; `-2`, `-3` … when it is taken. */
export function deriveId(host: string, isTaken: (id: string) => boolean): string {
  const base =
    host
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[._-]+|[._-]+$/g, '')
      .slice(0, LONGEST - '-9999'.length) || 'certificate'
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`
    if (!isTaken(id)) return id
  }
}
