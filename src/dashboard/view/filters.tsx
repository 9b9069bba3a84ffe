/** The filters and the order of the repositories. */
import { useMemo } from 'preact/hooks';
import type { SummaryEntry } from '../../api/summary.js';
import { TIERS, type Tier } from '../../domain/tier.js';
import type { CriterionId } from '../../domain/verdict.js';
import { EVERYTHING, type Sort, type View, writeAddress } from '../state/address.js';
import { COLUMNS } from '../state/criteria.js';
import { sayTier } from './signs.js';

interface Props {
  readonly entries: readonly SummaryEntry[];
  readonly view: View;
  /** How many repositories are shown. */
  readonly shown: number;
  readonly onShow: (change: Partial<View>) => void;
  readonly onClear: () => void;
}

const SORTS: Readonly<Record<Sort, string>> = {
  worst: 'Worst first',
  name: 'By name',
  oldest: 'Evaluated longest ago',
  newest: 'Evaluated most recently',
};

export function Filters({ entries, view, shown, onShow, onClear }: Props) {
  const domains = useMemo(() => {
    return [...new Set(entries.map(({ domain_slug: domain }) => domain ?? ''))].sort();
  }, [entries]);
  const isFiltered = writeAddress({ ...view, repo: undefined, sort: EVERYTHING.sort }) !== '';
  return (
    <search>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <label class="grow">
          <span>Name</span>
          <input
            type="search"
            value={view.text}
            placeholder="Repository or domain"
            onInput={({ currentTarget }) => onShow({ text: currentTarget.value })}
          />
        </label>
        <Choice
          label="Domain"
          value={view.domain}
          options={domains.map((domain) => [domain, domain === '' ? 'no domain' : domain])}
          onChoose={(domain) => onShow({ domain })}
        />
        <Choice
          label="Tier"
          value={view.tier}
          options={TIERS.map((tier) => [tier, sayTier(tier)])}
          onChoose={(tier) => onShow({ tier: tier as Tier | undefined })}
        />
        <Choice
          label="Criterion not met"
          value={view.criterion}
          options={COLUMNS.map(({ id, label }) => [id, `${id} ${label}`])}
          onChoose={(criterion) => onShow({ criterion: criterion as CriterionId | undefined })}
        />
        <Order sort={view.sort} onChoose={(sort) => onShow({ sort })} />
        <fieldset>
          <legend class="vh">Show only repositories that are</legend>
          <Check label="stale" checked={view.stale} onCheck={(stale) => onShow({ stale })} />
          <Check label="broken" checked={view.broken} onCheck={(broken) => onShow({ broken })} />
          <Check label="never evaluated" checked={view.never} onCheck={(never) => onShow({ never })} />
        </fieldset>
        <p class="shown" role="status">
          {shown === entries.length ? `${shown} shown` : `${shown} of ${entries.length} shown`}
          {isFiltered && (
            <button type="button" onClick={onClear}>
              Show all
            </button>
          )}
        </p>
      </form>
    </search>
  );
}

function Order({ sort, onChoose }: { sort: Sort; onChoose: (sort: Sort) => void }) {
  return (
    <label>
      <span>Order</span>
      <select value={sort} onChange={({ currentTarget }) => onChoose(currentTarget.value as Sort)}>
        {Object.entries(SORTS).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly onChoose: (value: string | undefined) => void;
}

/** `undefined` stands for all; the empty text is a value of its own. */
function Choice({ label, value, options, onChoose }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select
        value={value === undefined ? 'all' : `=${value}`}
        onChange={({ currentTarget }) =>
          onChoose(currentTarget.value === 'all' ? undefined : currentTarget.value.slice(1))
        }
      >
        <option value="all">all</option>
        {options.map(([option, name]) => (
          <option key={option} value={`=${option}`}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Check({
  label,
  checked,
  onCheck,
}: {
  label: string;
  checked: boolean;
  onCheck: (on: boolean) => void;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        onChange={({ currentTarget }) => onCheck(currentTarget.checked)}
      />
      {label}
    </label>
  );
}
