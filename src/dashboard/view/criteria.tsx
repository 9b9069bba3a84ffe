/** Each criterion of a repository, with the finding and what to do. */
import type { Verdict } from '../../domain/verdict.js';
import { fileLinks, type Link, type Linked } from '../state/links.js';
import { Sign } from './signs.js';
import { CriterionLink, OutLink, WithCode } from './text.js';

const TIERS = ['core', 'standard', 'full'] as const;

export function Criteria({ criteria, report }: { criteria: readonly Verdict[]; report: Linked }) {
  if (criteria.length === 0) return null;
  return (
    <section class="criteria">
      <h3>Criteria</h3>
      {TIERS.map((tier) => (
        <div key={tier}>
          <h4>{tier}</h4>
          <ul>
            {criteria
              .filter((one) => one.tier === tier)
              .map(({ id, label, status, detail, remedy }) => (
                <li key={id}>
                  <Sign status={status} />
                  <div>
                    <p>
                      <b>
                        <CriterionLink id={id} />
                      </b>{' '}
                      {label}
                    </p>
                    <p class="found">
                      <WithCode text={detail} />
                      <Files links={fileLinks(report, id)} />
                    </p>
                    {remedy !== null && (
                      <p class="remedy">
                        <WithCode text={remedy} />
                      </p>
                    )}
                  </div>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/** The files that were read, at the commit that is checked out. */
function Files({ links }: { links: readonly Link[] }) {
  if (links.length === 0) return null;
  return (
    <>
      {' See '}
      {links.map((link, at) => (
        <span key={link.text}>
          {at > 0 && ', '}
          <OutLink {...link} />
        </span>
      ))}
      .
    </>
  );
}
