import type { BigIntStats } from 'node:fs'

/**
 * Whether users other than the one who runs this process can get at what is meant for it alone. A file of root may be open
 * to its group: that is how a process gets it that is not root, from Kubernetes (`fsGroup`) or in Debian's group `ssl-cert`.
 * `user` is the uid of this process; undefined where the system has none.
 */
export function isExposed(
  { mode, uid }: Pick<BigIntStats, 'mode' | 'uid'>,
  user: number | undefined = process.geteuid?.(),
): boolean {
  const forbidden = uid === 0n && user !== 0 ? 0o037n : 0o077n
  return (mode & forbidden) !== 0n
}
