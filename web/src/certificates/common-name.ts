/** The common name of a distinguished name on one line, as a name is best known by it; all of it where it has none. */
export function commonNameOf(distinguishedName: string): string {
  const [, name = distinguishedName] = /(?:^|[,+] ?)CN=((?:\\.|[^,+\\])+)/.exec(distinguishedName) ?? []
  return name.replaceAll(/\\(.)/g, '$1')
}
