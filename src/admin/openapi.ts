import { z } from 'zod'
import { version } from '../core/version.ts'
import { json } from './answer.ts'
import type { Operation } from './operation.ts'
import type { Route } from './route.ts'
import * as schemas from './schemas.ts'

type Document = Readonly<Record<string, unknown>>

/** The OpenAPI 3.1 document of routes. */
export function openApiDocument(routes: readonly Route[]): Document {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: describe(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'The admin plane of certhop',
      version: version(),
      description: 'On loopback alone. Errors are application/problem+json (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://127.0.0.1:8129' }],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The content of stateDirectory/admin-token' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'certhop_session_8129',
          description: 'Of the page; the name ends with the port',
        },
      },
    },
  }
}

/** That answers with the document of `routes` and of itself. */
export function openApiRoute(routes: readonly Route[]): Route {
  const route: Route = {
    method: 'GET',
    path: '/api/openapi.json',
    access: 'signed in',
    operation: {
      summary: 'This document',
      answers: { 200: { description: 'OpenAPI 3.1', schema: schemas.openApiSchema } },
    },
    handle: () => json(openApiDocument([...routes, route])),
  }
  return route
}

function describe({ method, path, access, operation }: Route) {
  const parameters = [...pathParameters(path), ...queryParameters(operation)]
  return {
    operationId: operationId(method, path),
    summary: operation.summary,
    security: access === 'signed in' ? [{ token: [] }, { session: [] }] : [],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(operation.body === undefined ? {} : { requestBody: requestBody(operation, operation.body) }),
    responses: { ...answersOf(operation), default: PROBLEM },
  }
}

const PROBLEM = {
  description: 'What is wrong and what to do',
  content: { 'application/problem+json': { schema: reference(schemas.problemSchema) } },
}

function answersOf({ answers }: Operation) {
  const described = Object.entries(answers).map(([status, { description, schema, type }]) => {
    if (schema === undefined && type === undefined) return [status, { description }]
    const content = schema === undefined ? { schema: { type: 'string' } } : { schema: reference(schema) }
    return [status, { description, content: { [type ?? 'application/json']: content } }]
  })
  return Object.fromEntries(described)
}

function requestBody({ multipart }: Operation, body: z.ZodType) {
  const content = { schema: reference(body) }
  const form = multipart === true ? { 'multipart/form-data': content } : {}
  return { required: true, content: { 'application/json': content, ...form } }
}

function pathParameters(path: string) {
  const [, name] = /\{(\w+)\}/.exec(path) ?? []
  return name === undefined ? [] : [{ name, in: 'path', required: true, schema: { type: 'string' } }]
}

function queryParameters({ query = [] }: Operation) {
  return query.map(parameter => ({ ...parameter, in: 'query', schema: { type: 'string' } }))
}

/** `getApiCertificatesIdRemoval`. */
function operationId(method: string, path: string): string {
  const words = path.split(/\W+/).filter(word => word !== '')
  return method.toLowerCase() + words.map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function reference(schema: z.ZodType) {
  return { $ref: `#/components/schemas/${schema.meta()?.id}` }
}

/** Those that have an id, by it. */
function componentSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>()
  for (const schema of Object.values(schemas)) {
    const id = schema.meta()?.id
    if (id !== undefined) registry.add(schema, { id })
  }
  const uri = (id: string) => `#/components/schemas/${id}`
  const { schemas: described } = z.toJSONSchema(registry, { uri, io: 'input' })
  return Object.fromEntries(
    Object.entries(described).map(([id, { $schema, $id, id: _, ...schema }]) => [id, schema]),
  )
}
