import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { FieldProblem } from '../api.ts'
import { Icon } from '../parts/icon.tsx'
import type { ChosenFiles } from './draft.ts'
import { DropTarget } from './drop-target.tsx'
import { Problems } from './field.tsx'
import type { Part } from './recognise.ts'

interface Properties {
  readonly files: ChosenFiles
  readonly problems: readonly FieldProblem[]
  /** `wanted` is null where files find their places by themselves. */
  readonly onFiles: (files: Iterable<File>, wanted: Part | null) => void
  readonly onClear: (part: Part) => void
  /** What is known of the certificate. */
  readonly children?: ComponentChildren
}

const LABELS: Readonly<Record<Part, string>> = {
  cert: 'Certificate',
  key: 'Private key',
  pkcs12: 'PKCS#12 bundle',
  ca: 'Authority',
}

/** Where the files of a new certificate go: all at once into the large field, or each into its own. */
export function FileSlots({ files, problems, onFiles, onClear }: Properties) {
  const parts: readonly Part[] = files.pkcs12 === undefined ? ['cert', 'key', 'ca'] : ['pkcs12', 'ca']
  return (
    <div class="files">
      <DropTarget class="drop" onFiles={chosen => onFiles(chosen, null)}>
        <Icon name="upload" />
        <div>
          <p>
            Drop the files here, or{' '}
            <FilePicker
              label="choose files"
              class="link"
              isMultiple
              onFiles={chosen => onFiles(chosen, null)}
            />
          </p>
          <p class="small quiet">
            Certificate and key as PEM, or one PKCS#12 bundle. Several at once are fine.
          </p>
        </div>
      </DropTarget>
      <ul>
        {parts.map(part => (
          <Slot
            key={part}
            part={part}
            fileName={files[part]?.fileName}
            problems={problems.filter(({ field }) => field === part)}
            onFiles={onFiles}
            onClear={onClear}
          />
        ))}
      </ul>
    </div>
  )
}

interface SlotProperties extends Pick<Properties, 'problems' | 'onFiles' | 'onClear'> {
  readonly part: Part
  readonly fileName: string | undefined
}

function Slot({ part, fileName, problems, onFiles, onClear }: SlotProperties) {
  const id = useId()
  const label = LABELS[part]
  return (
    <li>
      <DropTarget class="slot" onFiles={chosen => onFiles(chosen, part)}>
        <Icon name={part === 'key' ? 'key' : 'file'} />
        <div class="slot-text">
          <p class="label">
            {label}
            {part === 'ca' && <span class="optional"> of the server (optional)</span>}
          </p>
          <p class="small quiet break" id={`${id}-file`}>
            {fileName ?? (part === 'ca' ? 'The system’s roots are trusted' : 'Not chosen yet')}
          </p>
        </div>
        {fileName !== undefined && (
          <button
            type="button"
            class="icon-button"
            aria-label={`Take ${fileName} away`}
            onClick={() => onClear(part)}
          >
            <Icon name="close" />
          </button>
        )}
        <FilePicker
          label={fileName === undefined ? 'Choose' : 'Change'}
          name={`${label} file`}
          class="button"
          field={part}
          describedBy={`${id}-file ${id}-problems`}
          isInvalid={problems.length > 0}
          onFiles={chosen => onFiles(chosen, part)}
        />
      </DropTarget>
      <Problems id={`${id}-problems`} problems={problems} />
    </li>
  )
}

interface PickerProperties {
  readonly label: string
  /** What screen readers say, when the label alone is not clear. */
  readonly name?: string
  readonly class: string
  readonly field?: Part
  readonly describedBy?: string
  readonly isInvalid?: boolean
  readonly isMultiple?: boolean
  readonly onFiles: (files: Iterable<File>) => void
}

/** The browser's own file input, behind a label that looks as it should. */
function FilePicker(properties: PickerProperties) {
  const id = useId()
  return (
    <span class="picker">
      <input
        id={id}
        class="hidden"
        type="file"
        name={properties.field}
        multiple={properties.isMultiple}
        aria-label={properties.name}
        aria-describedby={properties.describedBy}
        data-invalid={properties.isInvalid}
        onChange={({ currentTarget }) => {
          properties.onFiles([...(currentTarget.files ?? [])])
          // The same file can be chosen again, after it was changed on disk.
          currentTarget.value = ''
        }}
      />
      <label for={id} class={properties.class}>
        {properties.label}
      </label>
    </span>
  )
}
