// The chain rule: one sample through the net and back, step by step.

import { byId, make } from "./dom.js";
import { short } from "./numbers.js";
import { stepsOf } from "./steps.js";

const HINT = "Click a point in the picture, or take any sample.";

/** The panel below the net; `marked()` is called when the sample has changed. */
export class Chain {
  constructor(network, send, marked) {
    Object.assign(this, { network, send, marked });
    this.trace = null;
    this.at = 0;
    const button = (id, text, action) => make("button", { id, textContent: text, onclick: action });
    this.text = make("div", { className: "formula", id: "chain-text", "aria-live": "polite", textContent: HINT });
    this.count = make("span", { className: "quiet" });
    byId("chain").append(
      make("p", { className: "quiet", textContent: "Forward: what each neuron gets and gives. Back: how the loss changes with each number. The numbers stand on the links." }),
      make("div", { className: "bar" }, button("chain-any", "Take a sample", () => this.any()), button("chain-back", "‹ Back", () => this.move(-1)), button("chain-next", "Next ›", () => this.move(1)), this.count),
      this.text);
    byId("chain-open").onclick = () => this.open(!this.active);
  }

  get active() {
    return !byId("chain").hidden;
  }

  open(on) {
    byId("chain").hidden = !on;
    byId("chain-open").setAttribute("aria-expanded", on);
    if (!on) this.clear();
  }

  any() {
    const points = this.state.points;
    const [x, y] = points[Math.floor(Math.random() * points.length)];
    this.follow([x, y]);
  }

  /** Ask for the sample nearest to a point. */
  follow(point) {
    this.open(true);
    this.send("trace", { point });
  }

  /** Ask again: the weights have changed. */
  renew() {
    if (this.trace) this.send("trace", { point: this.trace.point });
  }

  show(trace) {
    if (!this.active) return;
    if (trace.row !== this.trace?.row) this.at = 0;
    this.trace = trace;
    this.steps = stepsOf(trace, this.network.state.inputs, (k, i, j) => this.network.weight(k, i, j), (k, j) => this.network.arrays[`bias${k}`]?.data[j] ?? 0);
    this.draw();
    this.marked();
  }

  move(by) {
    if (!this.trace) return this.any();
    this.at = Math.min(Math.max(this.at + by, 0), this.steps.length - 1);
    this.draw();
  }

  draw() {
    const step = this.steps[this.at];
    if (this.text.textContent !== step.text) this.text.textContent = step.text;
    this.count.textContent = `step ${this.at + 1} of ${this.steps.length}, ${step.way}, loss ${short(this.trace.loss)}`;
    this.network.annotate(step.mark);
  }

  clear() {
    this.trace = null;
    this.text.textContent = HINT;
    this.count.textContent = "";
    this.network.annotate(null);
    if (this.state) this.marked();
  }
}
