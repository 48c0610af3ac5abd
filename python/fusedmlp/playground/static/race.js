// Up to four settings side by side.

import { drawChart } from "./chart.js";
import { CLASSES } from "./colours.js";
import { byId, make, same, select } from "./dom.js";
import { short } from "./numbers.js";
import { paintOutput, paintPoints } from "./picture.js";

export class Race {
  constructor(choices, send) {
    Object.assign(this, { choices, send });
    this.entries = [{ optimizer: "sgd", learning_rate: 0.1 }, { optimizer: "sgd", learning_rate: 0.1, momentum: 0.9 }, { optimizer: "adam", learning_rate: 0.01 }];
    this.build([]);
  }

  build(lanes) {
    this.racing = lanes.length > 0;
    this.boxes = this.entries.map((entry, k) => this.box(entry, k, lanes[k]));
    this.log = this.log ?? make("input", { type: "checkbox", checked: true });
    this.chart = make("canvas", { id: "race-curves", role: "img", "aria-label": "Training loss of the racers" });
    const start = make("button", { className: "main", id: "race-start", textContent: this.racing ? "Start anew" : "Race", onclick: () => this.start() });
    const more = make("button", { textContent: "Add a racer", disabled: this.racing || this.entries.length >= this.choices.limits.racers, onclick: () => { this.entries.push({ optimizer: "adam", learning_rate: 0.01 }); this.build([]); } });
    const end = make("button", { id: "race-end", textContent: "End the race", hidden: !this.racing, onclick: () => this.send("end_race") });
    byId("race").replaceChildren(
      make("p", { className: "quiet", textContent: "All begin with the same first weights, on the same data and batches. Full lines: training loss; dotted: test loss." }),
      make("div", { className: "bar" }, start, more, end, make("label", { className: "check" }, this.log, "logarithmic")),
      make("div", { className: "racers" }, ...this.boxes.map((b) => b.element)), this.chart);
  }

  box(entry, k, name) {
    const element = make("div", { className: "racer" });
    element.style.setProperty("--tint", CLASSES[k]);
    const picture = make("canvas", { width: 200, height: 200, role: "img", "aria-label": `Output of racer ${k + 1}`, hidden: !name });
    const facts = make("div", { textContent: "" });
    if (name) element.append(make("strong", { textContent: name }), picture, facts);
    else {
      const label = (text, input) => make("label", {}, text, input);
      const number = (key) => {
        const input = make("input", { type: "number", step: "any", min: 0, value: entry[key] ?? 0 });
        input.onchange = () => (entry[key] = Number(input.value));
        return input;
      };
      const activations = [["", "as drawn"], ...same(this.choices.activations)];
      element.append(
        label(`Racer ${k + 1}: optimizer`, select(same(this.choices.optimizers.map((o) => o.name)), entry.optimizer, (v) => { entry.optimizer = v; entry.learning_rate = this.choices.optimizers.find((o) => o.name === v).lr; this.build([]); })),
        label("Learning rate", number("learning_rate")),
        label("Activation", select(activations, entry.activation ?? "", (v) => { if (v) entry.activation = v; else delete entry.activation; })));
      if (this.choices.optimizers.find((o) => o.name === entry.optimizer).momentum) element.append(label("Momentum", number("momentum")));
      if (this.entries.length > 2) element.append(make("button", { textContent: "Remove", "aria-label": `Remove racer ${k + 1}`, onclick: () => { this.entries.splice(k, 1); this.build([]); } }));
    }
    return { element, picture, facts };
  }

  start() {
    this.send("race", { entries: this.entries });
    this.send("play");
  }

  draw(frame, state, half) {
    const lines = [];
    // Golden steps: classes may take turns in the rows.
    const some = state.points.filter((_, k) => (k * 0.618034) % 1 < 300 / state.points.length);
    frame.lanes.forEach((lane, k) => {
      const { picture, facts } = this.boxes[k] ?? {};
      if (!picture) return;
      paintOutput(picture, frame.arrays, String(k), state.classes.length, false);
      paintPoints(picture, some, state, half, { size: 3 });
      const score = state.classes.length ? `accuracy ${short(100 * lane.test_score)} %` : `R² ${short(lane.test_score)}`;
      facts.textContent = lane.stopped ? `stopped: ${lane.stopped}` : `epoch ${lane.epoch}, loss ${short(lane.loss)}, test ${short(lane.test_loss)}, ${score}`;
      lines.push({ x: lane.curve.epochs, y: lane.curve.test, colour: CLASSES[k], dash: [2, 4], width: 1.2 }, { x: lane.curve.epochs, y: lane.curve.loss, colour: CLASSES[k] });
    });
    drawChart(this.chart, lines, { log: this.log.checked });
  }
}
