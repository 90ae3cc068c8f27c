import { signal } from '@preact/signals'

/** The time in milliseconds since 1970, fresh every half minute: enough for words such as "in 5 hours". */
export const now = signal(Date.now())

setInterval(() => {
  now.value = Date.now()
}, 30_000)
