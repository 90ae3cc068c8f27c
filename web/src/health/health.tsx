import './health.css'
import type { Status } from '../../../src/admin/schemas.ts'
import { Notice } from '../parts/notice.tsx'
import { View } from '../parts/view.tsx'
import { ActivityCharts } from './activity-charts.tsx'
import { ExpiryMonths } from './expiry-months.tsx'
import { ProcessFacts } from './process-facts.tsx'
import { LastReload, Reloads } from './reloads.tsx'
import { useHealth } from './use-health.ts'

/** How the process is: what it does, what it read, and what will end. */
export function HealthView() {
  const { status, error } = useHealth()
  return (
    <View title="Health">
      {error !== null && (
        <Notice kind="bad" title={error.message}>
          <p>{error.hint}</p>
        </Notice>
      )}
      {status.value !== null && <Shown {...status.value} />}
    </View>
  )
}

function Shown(status: Status) {
  const { ready, reasons, reloads, registry, series } = status
  return (
    <div class="health">
      {!ready && (
        <Notice kind="warn" title="Not ready">
          <p>{reasons.join('; ')}</p>
        </Notice>
      )}
      <LastReload reloads={reloads} registry={registry} />
      <ProcessFacts {...status} />
      <ActivityCharts series={series} />
      <ExpiryMonths />
      <Reloads reloads={reloads} registry={registry} />
    </div>
  )
}
