import { rightSubject } from './answer.ts'
import { dialler } from './dial.ts'
import type { Load, Target } from './load.ts'

/** One request; throws when its answer is not right. */
export async function ask(load: Load, target: Target): Promise<void> {
  const connection = await dialler(load, target)()
  const answer = await connection.exchange()
  if (rightSubject(answer, load.exchange, target.subjects) === null) {
    throw new Error(`a wrong answer: ${JSON.stringify(answer)}`)
  }
  await connection.close()
}
