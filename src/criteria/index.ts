/** Lists the fourteen criteria in order; a criterion counts once it stands here. */
import type { AnyCriterion } from '../domain/verdict.js';
import { c01Registered } from './c01-registered.js';
import { c02DomainActive } from './c02-domain-active.js';
import { c03CheckoutPresent } from './c03-checkout-present.js';
import { c04RemoteSet } from './c04-remote-set.js';
import { c05Scope } from './c05-scope.js';
import { c06ClaudeMd } from './c06-claude-md.js';
import { c07WorkplansValid } from './c07-workplans-valid.js';
import { c08SbomIngested } from './c08-sbom-ingested.js';
import { c09ServicesDeclared } from './c09-services-declared.js';
import { c10GoalActive } from './c10-goal-active.js';
import { c11CapabilitiesDeclared } from './c11-capabilities-declared.js';
import { c12AgentsTemplate } from './c12-agents-template.js';
import { c13ConsistencyClean } from './c13-consistency-clean.js';
import { c14HostPathsSet } from './c14-host-paths-set.js';

export const CRITERIA: readonly AnyCriterion[] = [
  c01Registered,
  c02DomainActive,
  c03CheckoutPresent,
  c04RemoteSet,
  c05Scope,
  c06ClaudeMd,
  c07WorkplansValid,
  c08SbomIngested,
  c09ServicesDeclared,
  c10GoalActive,
  c11CapabilitiesDeclared,
  c12AgentsTemplate,
  c13ConsistencyClean,
  c14HostPathsSet,
];
