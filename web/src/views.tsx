import type { ComponentType } from 'preact'
import { CertificatesView } from './certificates/certificates.tsx'
import { ConnectView } from './connect/connect.tsx'
import { ExplainView } from './explain/explain.tsx'
import { HealthView } from './health/health.tsx'
import type { IconName } from './parts/icon.tsx'
import { TrafficView } from './traffic/traffic.tsx'

/** One entry of the navigation. */
interface View {
  /** The first segment of its hash. */
  readonly name: string
  readonly label: string
  /** For narrow screens; at most about twelve letters. */
  readonly shortLabel: string
  readonly icon: IconName
  readonly Component: ComponentType
}

/** The views in the order of the navigation; the page starts with the first. */
export const VIEWS: readonly View[] = [
  {
    name: 'certificates',
    label: 'Certificates',
    shortLabel: 'Certificates',
    icon: 'certificate',
    Component: CertificatesView,
  },
  {
    name: 'explain',
    label: 'Which certificate wins?',
    shortLabel: 'Which wins?',
    icon: 'question',
    Component: ExplainView,
  },
  { name: 'traffic', label: 'Traffic', shortLabel: 'Traffic', icon: 'pulse', Component: TrafficView },
  { name: 'health', label: 'Health', shortLabel: 'Health', icon: 'gauge', Component: HealthView },
  { name: 'connect', label: 'Connect a runner', shortLabel: 'Connect', icon: 'plug', Component: ConnectView },
]
