/** `value` as one word of a POSIX shell, whatever it holds. */
export function shellWord(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`
}
