import { CerthopError } from '../core/errors.ts'

/** Made once: building an error costs more than all else that is done to arm a deadline. */
export const RESPONSE_TIMEOUT = new CerthopError('response_timeout', 'The server did not answer in time', {
  hint: 'upstream.responseTimeout in the settings says how long is waited.',
})
