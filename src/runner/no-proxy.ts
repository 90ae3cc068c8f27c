import type { Environment } from './environment.ts'

/** Never sent through a proxy: what a runner serves itself, and certhop. */
const LOCAL = ['localhost', '127.0.0.1', '::1']

/** The hosts that a runner reaches directly: those that `environment` names, in either case of the variable, and this machine. */
export function unproxiedHosts({ no_proxy = '', NO_PROXY = '' }: Environment): string[] {
  const named = `${no_proxy},${NO_PROXY}`.split(/[\s,]+/).filter(host => host !== '')
  return [...new Set([...named, ...LOCAL])]
}
