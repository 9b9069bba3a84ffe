/** Lets whoever runs a probe or a load see that it gets on, one file system call after the other. */

let onStep = () => {};

/** @param callback is called before each call; where it throws, the probe or the load ends with that */
export function watchFileSteps(callback: () => void): void {
  onStep = callback;
}

/** To be called before a call that a slow or a hung file system can hold up. */
export function fileStep(): void {
  onStep();
}
