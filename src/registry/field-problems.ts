import { describeIssue } from '../core/document-messages.ts'
import { NAME, NAME_RULE } from '../core/name.ts'
import { entryFields } from './schema.ts'

/** A part of a new certificate, as it is called in the registry. */
export type Field = 'host' | 'port' | 'groups' | 'id' | 'cert' | 'key' | 'pkcs12' | 'passphrase' | 'ca'

/** What is wrong with a part of a new certificate. */
export interface FieldProblem {
  readonly field: Field
  readonly message: string
  readonly hint: string
}

interface Fields {
  readonly id?: string | undefined
  readonly hosts: readonly string[]
  readonly port?: number | undefined
  readonly groups?: readonly string[] | undefined
}

/** Everything that no entry may say, in the order in which it stands there. */
export function findFieldProblems({ id, hosts, port, groups = [] }: Fields): FieldProblem[] {
  const { shape } = entryFields
  const found = [
    ...(id === undefined ? [] : [checkName('id', 'id', id)]),
    ...(hosts.length === 0 ? [NO_HOST] : []),
    ...hosts.map(host => check('host', host, shape.host)),
    ...(port === undefined ? [] : [check('port', port, shape.port)]),
    ...groups.map(group => checkName('groups', 'group', group)),
  ]
  return found.filter(problem => problem !== null)
}

const NO_HOST: FieldProblem = { field: 'host', message: 'the host must not be empty', hint: '' }

type Shape = (typeof entryFields)['shape']

function check(
  field: 'host' | 'port',
  value: string | number,
  schema: Shape['host' | 'port'],
): FieldProblem | null {
  const issue = schema.safeParse(value, { error: describeIssue }).error?.issues[0]
  if (issue === undefined) return null
  const { hint = '' } = (issue.code === 'custom' && issue.params) || {}
  return { field, message: `the ${field} \`${value}\` ${issue.message}`, hint }
}

function checkName(field: Field, what: string, name: string): FieldProblem | null {
  return NAME.test(name) ? null : { field, message: `the ${what} \`${name}\` ${NAME_RULE}`, hint: '' }
}
