/** Lets something happen at a point of an evaluation, once: what the evaluation is handed meets each point on its way. */
import type { HandleDependencies } from '../../../src/worker/handle-job.js';

export const POINTS = [
  'when the rows were read',
  'when it was probed',
  'before it is loaded',
  'when it was loaded',
  'before it is checked',
  'when it was checked',
] as const;
export type Point = (typeof POINTS)[number];

type Action = () => void | Promise<void>;

export class Interruptions {
  readonly #armed = new Map<Point, Action>();

  /** Lets `action` happen when that point is next met. */
  arm(point: Point, action: Action): void {
    this.#armed.set(point, action);
  }

  /** Takes back what has not happened. @returns it */
  disarm(): Action[] {
    const left = [...this.#armed.values()];
    this.#armed.clear();
    return left;
  }

  /** The same dependencies, which meet the points. */
  wrap(deps: HandleDependencies): HandleDependencies {
    const { prober, loader, check, basis } = deps;
    const wrapped: Record<'prober' | 'loader', unknown> = {
      prober: {
        probe: async (...asked: Parameters<typeof prober.probe>) => {
          const probes = await prober.probe(...asked);
          await this.#meet('when it was probed');
          return probes;
        },
      },
      loader: {
        load: async (...asked: Parameters<typeof loader.load>) => {
          await this.#meet('before it is loaded');
          const loaded = await loader.load(...asked);
          await this.#meet('when it was loaded');
          return loaded;
        },
      },
    };
    return {
      ...deps,
      ...(wrapped as Pick<HandleDependencies, 'prober' | 'loader'>),
      basis: async (repoId) => {
        const read = await basis(repoId);
        await this.#meet('when the rows were read');
        return read;
      },
      check: async (checkout, signal) => {
        await this.#meet('before it is checked');
        try {
          return await check(checkout, signal);
        } finally {
          await this.#meet('when it was checked');
        }
      },
    };
  }

  async #meet(point: Point): Promise<void> {
    const action = this.#armed.get(point);
    this.#armed.delete(point);
    await action?.();
  }
}
