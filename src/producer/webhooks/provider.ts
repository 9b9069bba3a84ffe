/** The differences between the providers: their headers, and the setting that turns each on. */
import type { WebhookProvider } from '../../platform/settings/webhook-secrets.js';

export interface ProviderForm {
  /** As people write it. */
  readonly name: string;
  /** The setting with its secrets. */
  readonly setting: string;
  readonly eventHeader: string;
  /** The form of an event's name. */
  readonly eventForm: RegExp;
  readonly pushEvent: string;
}

const LOWER = /^[a-z][a-z0-9_]{0,99}$/;

/** Gitea and Forgejo send the headers of GitHub too, so the address names the provider, and never a header. */
export const PROVIDERS: Readonly<Record<WebhookProvider, ProviderForm>> = {
  github: {
    name: 'GitHub',
    setting: 'DOI_WEBHOOK_SECRET_GITHUB',
    ...{ eventHeader: 'X-GitHub-Event', eventForm: LOWER, pushEvent: 'push' },
  },
  gitea: {
    name: 'Gitea',
    setting: 'DOI_WEBHOOK_SECRET_GITEA',
    ...{ eventHeader: 'X-Gitea-Event', eventForm: LOWER, pushEvent: 'push' },
  },
  forgejo: {
    name: 'Forgejo',
    setting: 'DOI_WEBHOOK_SECRET_FORGEJO',
    ...{ eventHeader: 'X-Forgejo-Event', eventForm: LOWER, pushEvent: 'push' },
  },
  gitlab: {
    name: 'GitLab',
    setting: 'DOI_WEBHOOK_SECRET_GITLAB',
    ...{ eventHeader: 'X-Gitlab-Event', eventForm: /^[A-Z][A-Za-z ]{0,99}$/, pushEvent: 'Push Hook' },
  },
};
