// Changes of the settings, sent one after the other: each begins with what the one before led to.

export class Changes {
  /** `send(changes)` sends some; its answer must be told by `answered`. */
  constructor(send) {
    this.send = send;
    this.waiting = [];
    this.asking = false;
  }

  /** Ask for changes, or for what a function makes of the settings then (null: nothing). */
  ask(what) {
    this.waiting.push(what);
    this.next();
  }

  /** Go on, with the settings as they are now. */
  answered(settings) {
    this.settings = settings;
    this.asking = false;
    this.next();
  }

  next() {
    while (!this.asking && this.waiting.length) {
      const what = this.waiting.shift();
      const changes = typeof what === "function" ? what(this.settings) : what;
      if (!changes) continue;
      this.asking = true;
      this.send(changes);
    }
  }
}
