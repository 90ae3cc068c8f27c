/** Those who want to hear of one kind of event. They are called in place and must not throw. */
export class Topic<Event> {
  // Replaced and never changed, so that whoever ends listening while an event is told keeps nobody from hearing it.
  #listeners: readonly ((event: Event) => void)[] = []

  /** False when nobody listens, so that nothing need be gathered. */
  get isHeard(): boolean {
    return this.#listeners.length > 0
  }

  /** Returns the function that ends it. */
  listen(listener: (event: Event) => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter(other => other !== listener)
    }
  }

  tell(event: Event): void {
    for (const listener of this.#listeners) listener(event)
  }
}
