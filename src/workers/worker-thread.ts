import { Worker } from 'node:worker_threads'
import { threadProgram } from '../core/program-files.ts'
import type { AnswerMessage, News, NewsMessage, OrderMessage, Orders, WorkerData } from './messages.ts'

const PROGRAM = threadProgram('workers/request-worker')

/** One worker, as the main thread has it. An error that nobody catches in it is one of the process. */
export class WorkerThread {
  readonly #worker: Worker
  readonly #news: News
  readonly #answers = new Map<number, (answer: unknown) => void>()
  #calls = 0
  #isEnding = false

  constructor(data: WorkerData, news: News) {
    this.#news = news
    // Without a listener for 'error', what a worker dies of is thrown here.
    this.#worker = new Worker(PROGRAM, { workerData: data })
    this.#worker.on('message', message => this.#receive(message))
    this.#worker.on('exit', () => {
      if (!this.#isEnding) throw new Error('a worker has ended')
    })
  }

  /** Has the worker do something. Calls are begun in order. */
  call<Name extends keyof Orders>(
    name: Name,
    ...args: Parameters<Orders[Name]>
  ): Promise<Awaited<ReturnType<Orders[Name]>>> {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    this.#calls += 1
    this.#answers.set(this.#calls, resolve)
    const message: OrderMessage<Name> = { call: this.#calls, name, args }
    this.#worker.postMessage(message)
    return promise as Promise<Awaited<ReturnType<Orders[Name]>>>
  }

  /** Ends the thread at once. */
  async end(): Promise<void> {
    this.#isEnding = true
    await this.#worker.terminate()
  }

  #receive(message: AnswerMessage | NewsMessage): void {
    if ('call' in message) {
      this.#answers.get(message.call)?.(message.answer)
      this.#answers.delete(message.call)
      return
    }
    const { name, args } = message
    const hear = this.#news[name] as (...args: unknown[]) => void
    hear(...args)
  }
}
