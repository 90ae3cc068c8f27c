/** Outlines on a grid of 16; each is the `d` of one path. */
const ICONS = {
  mark: 'M2 11C3.5 5 6.5 5 8 11C9.5 5 12.5 5 14 11M8 11.01V11',
  certificate:
    'M3 2.5H13V8M3 2.5V11.5H7.5M5.5 5.5H10.5M5.5 8H7.5M11 9.5A2 2 0 1 0 11 13.5A2 2 0 1 0 11 9.5M10 13.3V15.5L11 15L12 15.5V13.3',
  question:
    'M8 1.8A6.2 6.2 0 1 0 8 14.2A6.2 6.2 0 1 0 8 1.8M6.2 6.2C6.2 3.8 9.9 3.8 9.9 6.2C9.9 7.6 8 7.6 8 9.3M8 11.6V11.61',
  pulse: 'M1.5 8H4.5L6.5 3L9.5 13L11.5 8H14.5',
  gauge: 'M2.5 12.5A6.3 6.3 0 1 1 13.5 12.5M8 9.5L11 5.5',
  plug: 'M5.5 1.8V5M10.5 1.8V5M3.5 5H12.5V7.5A4.5 4.5 0 0 1 3.5 7.5ZM8 12V14.5',
  plus: 'M8 3V13M3 8H13',
  close: 'M4 4L12 12M12 4L4 12',
  check: 'M3 8.5L6.5 12L13 4.5',
  alert: 'M8 1.8L15 14H1ZM8 6.5V9.5M8 11.7V11.71',
  info: 'M8 1.8A6.2 6.2 0 1 0 8 14.2A6.2 6.2 0 1 0 8 1.8M8 7.5V11M8 4.9V4.91',
  search: 'M7 2.5A4.5 4.5 0 1 0 7 11.5A4.5 4.5 0 1 0 7 2.5M10.5 10.5L13.5 13.5',
  trash: 'M2.5 4H13.5M6 4V2.5H10V4M4 4L4.7 13.5H11.3L12 4M6.7 6.7V11M9.3 6.7V11',
  key: 'M5 7A3.2 3.2 0 1 0 5 13.4A3.2 3.2 0 1 0 5 7M7.3 8L13.5 1.8M11 4.3L13 6.3',
  file: 'M3.5 1.8H9L12.5 5.3V14.2H3.5ZM9 1.8V5.3H12.5',
  upload: 'M8 10.5V2.5M4.5 6L8 2.5L11.5 6M2.5 10.5V13.5H13.5V10.5',
  eye: 'M1.2 8C4 3 12 3 14.8 8C12 13 4 13 1.2 8M8 6A2 2 0 1 0 8 10A2 2 0 1 0 8 6',
  'eye-off': 'M1.2 8C4 3 12 3 14.8 8C12 13 4 13 1.2 8M2.5 13.5L13.5 2.5',
  'chevron-down': 'M4 6L8 10L12 6',
  'chevron-right': 'M6 4L10 8L6 12',
  'arrow-right': 'M2.5 8H13M9.5 4.5L13 8L9.5 11.5',
  sort: 'M5 2.5V13.5M5 13.5L2.5 11M5 13.5L7.5 11M11 13.5V2.5M11 2.5L8.5 5M11 2.5L13.5 5',
  copy: 'M5.5 5.5H13.5V13.5H5.5ZM10.5 5.5V2.5H2.5V10.5H5.5',
  download: 'M8 2.5V10.5M4.5 7L8 10.5L11.5 7M2.5 10.5V13.5H13.5V10.5',
  pause: 'M5.5 3V13M10.5 3V13',
  play: 'M4.5 2.5L13 8L4.5 13.5Z',
  sun: 'M8 5A3 3 0 1 0 8 11A3 3 0 1 0 8 5M8 1V2.2M8 13.8V15M1 8H2.2M13.8 8H15M3.1 3.1L3.9 3.9M12.1 12.1L12.9 12.9M12.9 3.1L12.1 3.9M3.9 12.1L3.1 12.9',
  moon: 'M13.8 9.5A6 6 0 1 1 6.5 2.2A4.8 4.8 0 0 0 13.8 9.5Z',
  monitor: 'M1.8 2.8H14.2V11.2H1.8ZM5.5 14H10.5M8 11.2V14',
  'sign-out': 'M6.5 2.5H2.5V13.5H6.5M6 8H14M11 5L14 8L11 11',
} as const

export type IconName = keyof typeof ICONS

/** A picture beside words, which say the same: screen readers skip it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={ICONS[name]} />
    </svg>
  )
}
