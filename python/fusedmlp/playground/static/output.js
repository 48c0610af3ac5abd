// Tables beside the picture: confusion matrix, gradients, silent units, advice.

import { CLASSES } from "./colours.js";
import { byId, make } from "./dom.js";
import { short } from "./numbers.js";

const row = (...cells) => make("tr", {}, ...cells);
const head = (text) => make("th", { scope: "col", textContent: text });

export function showKey(state) {
  const [x, y] = state.axes;
  byId("axes").textContent = `across: ${x}, up: ${y}; ${state.rows[0]} rows train, ${state.rows[1]} test`;
  byId("key").replaceChildren(
    ...state.classes.map((name, k) => {
      const dot = make("span", { className: "dot" });
      dot.style.background = CLASSES[k % CLASSES.length];
      return make("span", {}, dot, state.table ? name : `class ${name}`);
    }),
  );
  // A regression has two ends in place of classes.
  if (!state.classes.length) byId("key").replaceChildren(...state.range.map((value, k) => {
    const dot = make("span", { className: "dot" });
    dot.style.background = k ? "var(--high)" : "var(--low)";
    return make("span", {}, dot, short(value));
  }));
  byId("score-name").textContent = state.classes.length ? "test accuracy" : "test R²";
}

export function showConfusion(matrix, classes) {
  const table = byId("confusion");
  table.hidden = !matrix;
  if (!matrix) return;
  const lines = matrix.map((counts, k) =>
    row(make("th", { scope: "row", textContent: classes[k] }), ...counts.map((n, j) => make("td", { textContent: n, className: j === k ? "hit" : "" }))),
  );
  table.replaceChildren(make("caption", { className: "quiet", textContent: "test rows: true class down, predicted across" }), row(head(""), ...classes.map(head)), ...lines);
}

export function showHealth({ gradients, silent, advice, lr }) {
  const sizes = Object.values(gradients);
  const most = Math.max(...sizes, 1e-30);
  const units = Object.fromEntries(silent.map(([name, count, all]) => [name.match(/\[(\d+)/)[1], [count, all]]));
  const lines = Object.entries(gradients).map(([name, size], k) => {
    const bar = make("span", { className: "meter" });
    bar.style.width = `${Math.max(1, 70 + 10 * Math.log10(Math.max(size / most, 1e-7)))}px`;
    // The activation of a normed layer stands two places further on.
    const layer = Number(name.split(".")[0]);
    const found = units[layer] ?? units[layer + 2];
    return row(make("th", { scope: "row", textContent: `layer ${k + 1}` }), make("td", {}, bar), make("td", { textContent: short(size) }), make("td", { textContent: found && k < sizes.length - 1 ? `${found[0]} of ${found[1]}` : "–" }));
  });
  byId("health").replaceChildren(
    make("caption", { className: "quiet", textContent: `learning rate now ${short(lr)}` }),
    row(head("weights of"), head("gradient"), head("norm"), head("silent units")), ...lines);
  const texts = advice.length ? advice : ["Nothing looks wrong."];
  const list = byId("advice");
  if ([...list.children].map((c) => c.textContent).join() !== texts.join()) list.replaceChildren(...texts.map((text) => make("li", { textContent: text })));
}
