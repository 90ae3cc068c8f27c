interface Panel {
  readonly targets?: readonly { readonly expr: string }[]
}

/** The queries of a Grafana dashboard. */
export function expressionsIn(dashboard: string): string[] {
  const { panels }: { panels: Panel[] } = JSON.parse(dashboard)
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}
