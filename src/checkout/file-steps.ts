/** Reports the progress of a probe or a load, by a callback before each file system call. */

let onStep = () => {};

/** @param callback is called before each call; if it throws, the probe or the load ends with that error */
export function watchFileSteps(callback: () => void): void {
  onStep = callback;
}

/** To be called before each call that a slow or hung file system can delay. */
export function fileStep(): void {
  onStep();
}
