import type { Events, RegistryReload } from './events.ts'

const KEPT = 50

/** A registry of thousands of broken entries says so in each of its reloads. */
const PROBLEMS_KEPT = 100

/** The latest times the registry was read. */
export class ReloadHistory {
  readonly #reloads: RegistryReload[] = []

  constructor(events: Events) {
    events.onRegistry(reload => this.#keep(reload))
  }

  /** At most 50, the newest first, each with the first 100 of its problems. */
  latest(): RegistryReload[] {
    return [...this.#reloads]
  }

  #keep(reload: RegistryReload): void {
    this.#reloads.unshift({ ...reload, problems: reload.problems.slice(0, PROBLEMS_KEPT) })
    if (this.#reloads.length > KEPT) this.#reloads.pop()
  }
}
