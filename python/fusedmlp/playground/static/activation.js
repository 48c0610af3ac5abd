// Activations: the function, its slope, and where it is flat.

import { drawChart } from "./chart.js";
import { byId, make, same, select } from "./dom.js";
import { short } from "./numbers.js";

export class Explorer {
  constructor(choices, send) {
    this.send = send;
    this.curve = null;
    this.list = select(same(choices.activations), "sigmoid", () => this.ask(), { id: "explore" });
    this.chart = make("canvas", { id: "activation-curves", role: "img", "aria-label": "Activation and slope" });
    this.text = make("p", { id: "activation-text", "aria-live": "polite" });
    byId("activation").append(
      make("div", { className: "bar" }, make("label", {}, "Activation ", this.list)),
      make("p", { className: "quiet" }, make("span", { className: "line a" }), "function ", make("span", { className: "line b" }), "slope; shaded: flat, where hardly any gradient comes back"),
      this.chart, this.text);
  }

  ask() {
    this.send("explore", { name: this.list.value });
  }

  show(curve) {
    this.curve = curve;
    this.draw();
  }

  draw() {
    if (!this.curve) return;
    const { name, x, y, dy, flat } = this.curve;
    const shade = flatParts(x, flat);
    const style = getComputedStyle(document.documentElement);
    drawChart(this.chart, [{ x, y, colour: style.getPropertyValue("--high") }, { x, y: dy, colour: style.getPropertyValue("--low") }], { shade, zero: true });
    const most = Math.max(...dy.map(Math.abs));
    const places = shade.map(([a, b]) => `from ${short(a)} to ${short(b)}`).join(" and ");
    this.text.textContent = `${name}: the slope is at most ${short(most)}${shade.length ? `, and below a twentieth of that ${places}: units that get such values learn hardly anything.` : ", and nowhere here below a twentieth of that."} Ten layers multiply ten such slopes: ${short(most ** 10)} at best.`;
  }
}

/** Return the stretches [from, to] where `flat` holds. */
export function flatParts(x, flat) {
  const parts = [];
  flat.forEach((on, k) => {
    if (!on) return;
    if (k && flat[k - 1]) parts.at(-1)[1] = x[k];
    else parts.push([x[k], x[k]]);
  });
  return parts;
}
