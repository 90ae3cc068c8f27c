import type { z } from 'zod'

/** What the OpenAPI document says of a route, besides its path and method. */
export interface Operation {
  readonly summary: string
  readonly query?: readonly {
    readonly name: string
    readonly description: string
    readonly required: boolean
  }[]
  /** Of a JSON body. */
  readonly body?: z.ZodType
  /** The body may be multipart/form-data too, with the same names. */
  readonly multipart?: boolean
  /** By status. All others are problems. */
  readonly answers: Readonly<Record<number, OperationAnswer>>
}

interface OperationAnswer {
  readonly description: string
  /** Default application/json where there is a schema. */
  readonly type?: string
  readonly schema?: z.ZodType
}
