// The chain rule: one sample through the net and back, step by step.

import { byId, make } from "./dom.js";
import { short } from "./numbers.js";
import { stepsOf } from "./steps.js";

export class Chain {
  constructor(network, send) {
    Object.assign(this, { network, send });
    this.trace = null;
    this.at = 0;
    const button = (id, text, action) => make("button", { id, textContent: text, onclick: action });
    this.text = make("div", { className: "formula", id: "chain-text", "aria-live": "polite", textContent: "Choose a sample: click a point in the picture, or take any." });
    this.count = make("span", { className: "quiet" });
    byId("chain").append(
      make("p", { className: "quiet", textContent: "Forward: what each neuron gets and gives. Back: how the loss changes with each number, by the chain rule. The numbers stand on the links of the net above." }),
      make("div", { className: "bar" }, button("chain-any", "Take a sample", () => this.any()), button("chain-back", "‹ Back", () => this.move(-1)), button("chain-next", "Next ›", () => this.move(1)), this.count),
      this.text);
  }

  get active() {
    return !byId("chain").hidden;
  }

  any() {
    const points = this.state.points;
    const [x, y] = points[Math.floor(Math.random() * points.length)];
    this.send("trace", { point: [x, y] });
  }

  show(trace) {
    this.trace = trace;
    this.steps = stepsOf(trace, this.network.state.inputs, (k, i, j) => this.network.weight(k, i, j), (k, j) => this.network.arrays[`bias${k}`]?.data[j] ?? 0);
    this.at = 0;
    this.draw();
  }

  move(by) {
    if (!this.trace) return this.any();
    this.at = Math.min(Math.max(this.at + by, 0), this.steps.length - 1);
    this.draw();
  }

  draw() {
    const step = this.steps[this.at];
    this.text.textContent = step.text;
    this.count.textContent = `step ${this.at + 1} of ${this.steps.length}, ${step.way}, loss ${short(this.trace.loss)}`;
    this.network.annotate(step.mark);
  }

  clear() {
    this.trace = null;
    this.text.textContent = "Choose a sample: click a point in the picture, or take any.";
    this.count.textContent = "";
    this.network.annotate(null);
  }
}
