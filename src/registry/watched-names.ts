import { lstatSync, readlinkSync } from 'node:fs'
import { basename, dirname, parse, resolve, sep } from 'node:path'
import { TimeSlice } from '../core/time-slice.ts'

/** Folders, each with the names in it whose change may change what a file holds. */
export type WatchedNames = ReadonlyMap<string, ReadonlySet<string>>

/** As many symbolic links as Linux follows in one path. */
const MAX_LINKS = 40

/**
 * Where a change of any of `paths` shows: in the folder that holds the file, in the one above (which sees the folder itself
 * being replaced), and in every folder that holds a symbolic link on the way.
 *
 *     /certs/tls.crt -> ..data/tls.crt        /certs: tls.crt, ..data
 *     /certs/..data  -> ..2026_11_01          /certs/..2026_11_01: tls.crt       Kubernetes swaps ..data
 */
export async function findWatchedNames(paths: readonly string[]): Promise<WatchedNames> {
  const names = new Map<string, Set<string>>()
  const folders = new Map<string, string>()
  const slice = new TimeSlice()
  const add = (folder: string, name: string) => {
    const known = names.get(folder)
    if (known === undefined) names.set(folder, new Set([name]))
    else known.add(name)
  }

  /** The path of a folder without symbolic links, after watching those. */
  const realFolder = (folder: string, links: number): string => {
    const known = folders.get(folder)
    if (known !== undefined) return known
    let real = parse(folder).root
    for (const name of folder.slice(real.length).split(sep)) real = follow(resolve(real, name), links)
    if (dirname(real) !== real) add(dirname(real), basename(real))
    folders.set(folder, real)
    return real
  }

  const follow = (path: string, links: number): string => {
    const target = links < MAX_LINKS ? readLink(path) : null
    if (target === null) return path
    add(dirname(path), basename(path))
    const next = resolve(dirname(path), target)
    return follow(resolve(realFolder(dirname(next), links + 1), basename(next)), links + 1)
  }

  for (const path of paths) {
    if (slice.isOver) await slice.next()
    const real = follow(resolve(realFolder(dirname(path), 0), basename(path)), 0)
    add(dirname(real), basename(real))
  }
  return names
}

/** Null for what is no symbolic link or does not exist. */
function readLink(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null
  } catch {
    return null
  }
}
