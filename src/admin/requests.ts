import { json } from './answer.ts'
import type { Route } from './route.ts'
import { requestsSchema } from './schemas.ts'

export const getRequests: Route = {
  method: 'GET',
  path: '/api/requests',
  access: 'signed in',
  operation: {
    summary: 'The latest requests, newest first',
    answers: { 200: { description: 'At most 500', schema: requestsSchema } },
  },
  handle: (_request, { recent }) => json({ requests: recent.latest() }),
}

export const getEvents: Route = {
  method: 'GET',
  path: '/api/events',
  access: 'signed in',
  operation: {
    summary: 'What happens from now on, as server-sent events: `request`, `registry`, `status`',
    answers: {
      200: {
        description:
          'The data of `request` is a Request, of `registry` a RegistryReload, of `status`, every two seconds, a StatusEvent',
        type: 'text/event-stream',
      },
    },
  },
  handle: (_request, { stream }) => stream.answer(),
}
