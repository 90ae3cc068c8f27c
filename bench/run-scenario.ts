import { type Figures, formatQuantity, QUANTITIES, type Quantity } from './report/quantity.ts'
import type { Contender, Scenario, Trial } from './scenario.ts'
import { keepAwake } from './system/awake.ts'
import type { TestBed } from './test-bed/test-bed.ts'

/** How long a run takes. Seconds are whole, because wrk knows no others. */
export interface Effort {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
}

export interface Outcome {
  readonly name: string
  readonly rounds: readonly Figures[]
  /** Null when all went well. Otherwise its figures mean nothing. */
  readonly failure: string | null
}

/** A contender in its rounds. After its first failure it takes no more part. */
class Participant {
  readonly name: string
  readonly #contender: Contender
  readonly #rounds: Figures[] = []
  #trial: Trial | null = null
  #failure: string | null = null

  constructor(contender: Contender) {
    this.name = contender.name
    this.#contender = contender
  }

  async start(bed: TestBed, warmUpSeconds: number): Promise<void> {
    await this.#try(async () => {
      this.#trial = await this.#contender.start(bed)
      await this.#trial.warmUp(warmUpSeconds)
    })
  }

  /** Null when it has failed. */
  async round(seconds: number): Promise<Figures | null> {
    const trial = this.#trial
    if (trial === null || this.#failure !== null) return null
    return this.#try(async () => {
      const figures = await trial.round(seconds)
      this.#rounds.push(figures)
      return figures
    })
  }

  async stop(): Promise<Outcome> {
    await this.#try(async () => this.#trial?.stop())
    return { name: this.name, rounds: this.#rounds, failure: this.#failure }
  }

  async #try<Result>(action: () => Promise<Result>): Promise<Result | null> {
    try {
      return await action()
    } catch (error) {
      this.#failure = [this.#failure, (error as Error).message].filter(Boolean).join('; ')
      return null
    }
  }
}

function told(figures: Figures | null, quantity: Quantity): string {
  if (figures === null) return 'failed'
  const value = formatQuantity(quantity, figures[quantity])
  return value === '' ? 'too slow' : `${value} ${QUANTITIES[quantity].title}`
}

/**
 * All contenders are started and warmed up, then they take turns in rounds (A B C A B C ...), so that whatever else the
 * machine does meets all of them alike. Who is not loaded waits idle.
 */
export async function runScenario(
  bed: TestBed,
  { name, quantities: [quantity], isKeptAwake }: Scenario,
  contenders: readonly Contender[],
  { rounds, seconds, warmUpSeconds }: Effort,
  progress: (line: string) => void,
): Promise<Outcome[]> {
  const participants = contenders.map(contender => new Participant(contender))
  for (const participant of participants) await participant.start(bed, warmUpSeconds)
  const letSleep = isKeptAwake ? keepAwake(bed.cores) : null
  for (let round = 1; round <= rounds; round++) {
    for (const participant of participants) {
      const figures = await participant.round(seconds)
      progress(`${name}, round ${round} of ${rounds}: ${participant.name} ${told(figures, quantity)}`)
    }
  }
  await letSleep?.()
  return Promise.all(participants.map(participant => participant.stop()))
}
