// Types a growing text out smoothly: the further behind, the faster; at once where motion is not wanted.

const CATCH_UP_S = 0.35;
/** Characters a second, while more is coming and once all is there. */
const SLOWEST = 90;
const FINISHING = 400;

export class Typist {
  private target = "";
  private shown = 0;
  private frame = 0;
  private last = 0;
  private slowest = SLOWEST;

  constructor(
    private readonly write: (text: string) => void,
    private readonly caughtUp: () => void,
  ) {}

  /** Aim at this text, which must begin with what is already shown. `whole` says that no more will come. */
  aim(text: string, smooth: boolean, whole: boolean): void {
    this.target = text;
    this.slowest = whole ? FINISHING : SLOWEST;
    if (!smooth || document.visibilityState !== "visible") {
      this.stop();
      this.put(text.length);
      this.caughtUp();
    } else if (!this.frame) {
      this.last = performance.now();
      this.frame = requestAnimationFrame(this.step);
    }
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  private readonly step = (now: number): void => {
    const behind = this.target.length - this.shown;
    const seconds = Math.min((now - this.last) / 1_000, 0.1);
    const count = Math.max(this.slowest, behind / CATCH_UP_S) * seconds;
    if (count >= 1 || behind === 0) {
      this.last = now;
      this.put(this.shown + Math.floor(count));
    }
    if (this.shown < this.target.length) this.frame = requestAnimationFrame(this.step);
    else {
      this.frame = 0;
      this.caughtUp();
    }
  };

  private put(to: number): void {
    let end = Math.min(to, this.target.length);
    // Never between the halves of one character.
    const code = this.target.charCodeAt(end - 1);
    if (end < this.target.length && code >= 0xd800 && code <= 0xdbff) end += 1;
    if (end <= this.shown) return;
    this.write(this.target.slice(this.shown, end));
    this.shown = end;
  }
}
