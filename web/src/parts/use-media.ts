import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** Whether a media query holds, now and as it changes. */
export function useMedia(query: string): boolean {
  const matches = useSignal(matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const follow = () => {
      matches.value = list.matches
    }
    list.addEventListener('change', follow)
    return () => list.removeEventListener('change', follow)
  }, [query, matches])
  return matches.value
}
