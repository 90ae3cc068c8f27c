import type { RunnerTrust } from './runner-environment.ts'

export const provisional: RunnerTrust = {
  certificate: '/tmp/w/env-run/certs-example/ca.crt',
  bundle: '/tmp/w/env-run/certs-example/ca.crt',
  javaTrustStore: null,
  extended: async file => file,
}
