import type { EditThread } from '../registry/edit-thread.ts'
import type { AdminRequest } from './admin-request.ts'
import type { Answer } from './answer.ts'
import type { Authentication } from './authentication.ts'
import type { AdminContext } from './context.ts'
import type { EventsStream } from './events-stream.ts'
import type { Operation } from './operation.ts'

/** What handlers work with. */
export interface Plane extends AdminContext {
  /** Where the admin plane is found. */
  readonly url: string
  readonly authentication: Authentication
  readonly stream: EventsStream
  readonly editor: EditThread
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** `open` needs no token; a `probe` neither, and goes by any loopback name. */
type Access = 'signed in' | 'open' | 'probe'

export type Handler = (request: AdminRequest, plane: Plane) => Answer | Promise<Answer>

export interface Route {
  readonly method: Method
  /** With `{id}` or `{code}` as its parameter, which is one segment. */
  readonly path: string
  readonly access: Access
  readonly handle: Handler
  /** For the OpenAPI document. */
  readonly operation: Operation
}
