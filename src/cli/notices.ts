import { Events } from '../observe/events.ts'
import { type Io, remark } from './io.ts'

/** Events whose notices are shown on stderr as text, for commands that log nothing. */
export function noticesOn(io: Io): Events {
  const events = new Events()
  events.onNotice(({ message }) => remark(io, message))
  return events
}
