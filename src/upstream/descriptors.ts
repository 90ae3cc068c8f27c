import { CerthopError } from '../core/errors.ts'

/** `too_many_connections` for Node's error of a process, or a system, that can open no further file; null for any other. */
export function outOfDescriptors(cause: Error, doing: string): CerthopError | null {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'too_many_connections') return cause as CerthopError
  if (code !== 'EMFILE' && code !== 'ENFILE') return null
  return new CerthopError('too_many_connections', `${doing} failed: ${code}`, {
    hint: 'Raise the limit of open files (`ulimit -n`, or LimitNOFILE of a service), or lower limits.connections.',
    cause,
  })
}
