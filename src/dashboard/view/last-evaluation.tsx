/** How the verdicts came about: what asked for them, what ran, what was kept, and how long it took. */
import type { LastEvaluationAnswer } from '../../api/report.js';
import { sayDuration } from '../state/show-time.js';
import { Fact } from './fact.js';

export function LastEvaluation({ evaluation }: { evaluation: LastEvaluationAnswer | null }) {
  if (evaluation === null) return null;
  const { trigger, collapsed, changed, ran, kept, duration_ms: took, host, updated } = evaluation;
  const others = collapsed.reduce((sum, { count }) => sum + count, 0);
  return (
    <section>
      <h3>Last evaluation</h3>
      <dl class="facts">
        <Fact name="because">
          {trigger}
          {others > 0 && ` (and ${others} more asks)`}
        </Fact>
        {changed.length > 0 && <Fact name="changed">{changed.map(({ input }) => input).join(', ')}</Fact>}
        <Fact name="judged anew">{ran.length === 0 ? 'nothing' : ran.join(' ')}</Fact>
        <Fact name="kept">{kept.length === 0 ? 'nothing' : kept.join(' ')}</Fact>
        <Fact name="took">
          {sayDuration(took)} on {host}
          {updated && ', after a pull'}
        </Fact>
      </dl>
    </section>
  );
}
