/** The events of `/api/events`, as they come. */
export class EventStream {
  readonly #reader: ReadableStreamDefaultReader<string>
  #text = ''

  constructor(response: Response) {
    if (response.body === null) throw new Error('There is no stream')
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  }

  /** The data of the next event of a kind; others are passed over. Rejects when the stream ends before. */
  async next<Data>(kind: string): Promise<Data> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end === -1) {
        const { done, value } = await this.#reader.read()
        if (done) throw new Error(`The stream ended before an event ${kind}`)
        this.#text += value
        continue
      }
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(this.#text.slice(0, end)) ?? []
      this.#text = this.#text.slice(end + 2)
      if (event === kind) return JSON.parse(data ?? '')
    }
  }

  /** Resolves when the stream has ended in order. */
  async end(): Promise<void> {
    while (!(await this.#reader.read()).done);
  }

  async close(): Promise<void> {
    await this.#reader.cancel()
  }
}
