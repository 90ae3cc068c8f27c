const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const DATE_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** A moment by its date; the exact time shows on hovering. `at` is ISO 8601. */
export function DateOf({ at }: { at: string }) {
  const time = new Date(at)
  return (
    <time dateTime={at} title={DATE_AND_TIME.format(time)}>
      {DATE.format(time)}
    </time>
  )
}

/** A moment to the second. `at` is ISO 8601. */
export function TimeOf({ at }: { at: string }) {
  return <time dateTime={at}>{DATE_AND_TIME.format(new Date(at))}</time>
}
