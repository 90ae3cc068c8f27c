import { json } from './answer.ts'
import { HttpProblem } from './http-problem.ts'
import type { Route } from './route.ts'
import { explanationSchema } from './schemas.ts'

export const getExplanation: Route = {
  method: 'GET',
  path: '/api/explain',
  access: 'signed in',
  operation: {
    summary: 'Which certificate wins for a target, and why',
    query: [
      { name: 'target', description: 'A host, host:port or URL; a host alone means https', required: true },
      { name: 'group', description: 'The groups that the request names, joined with +', required: false },
    ],
    answers: { 200: { description: 'As `certhop explain --json`', schema: explanationSchema } },
  },
  handle({ query }, { explain }) {
    const explained = explain(query.get('target') ?? '', query.get('group') ?? '')
    if (explained !== null) return json(explained)
    const error = {
      field: 'target',
      message: 'is not a host, host:port or URL',
      hint: 'such as api.example:8443',
    }
    throw new HttpProblem(400, `The target ${error.message}`, { hint: error.hint, errors: [error] })
  },
}
