/** Of a request that names no group. */
export const NO_GROUPS: readonly string[] = []

/** The groups that a proxy user name stands for: one, or several joined with `+`. */
export function groupsOf(userName: string): readonly string[] {
  if (userName === '') return NO_GROUPS
  return userName.includes('+') ? userName.split('+').filter(group => group !== '') : [userName]
}
