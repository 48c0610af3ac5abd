// The net: columns of neurons with their pictures, and links by weight.

import { paintLevels, ramp } from "./colours.js";
import { byId, make, same, select, theme } from "./dom.js";
import { short } from "./numbers.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST_LINKS = 1500;

/**
 * The drawing; `change(make)` for the settings, which makes changes of them, `edit(layer, row, column, value)` for a weight,
 * `look({name, j})` when the picture `j` of the frame's array `name` is pointed at, `look(null)` after.
 */
export class Network {
  constructor(choices, change, edit, look) {
    Object.assign(this, { choices, change, edit, look });
    this.arrays = {};
    this.picked = null;
    byId("layer-more").onclick = () => this.resize((hidden) => [...hidden, hidden.at(-1) ?? 4]);
    byId("layer-less").onclick = () => this.resize((hidden) => hidden.slice(0, -1));
    new ResizeObserver(() => this.place()).observe(byId("net"));
  }

  resize(made) {
    this.change(({ hidden: before, activations: old }) => {
      const hidden = made(before);
      const activations = hidden.map((_, k) => old[k] ?? old.at(-1) ?? "tanh");
      return { hidden, activations, network: "built" };
    });
  }

  /** Build the columns anew for a state. */
  show(state) {
    const focus = document.activeElement?.dataset?.key;
    this.state = state;
    const { hidden } = state.settings;
    const given = state.settings.network === "given";
    byId("layer-count").textContent = `${state.columns.length ? state.columns.length - 1 : "?"} hidden layers`;
    byId("layer-more").disabled = hidden.length >= this.choices.limits.layers;
    byId("layer-less").disabled = hidden.length === 0;
    byId("net-facts").textContent = `${state.parameters} parameters, ${state.steps} batches an epoch${given ? ", the given model" : ""}`;
    this.columns = make("div", { className: "columns" });
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.columns.append(this.svg);
    this.neurons = [];
    this.columns.append(this.inputColumn(state));
    state.columns.slice(0, -1).forEach((column, k) => this.columns.append(this.hiddenColumn(column, k, given)));
    if (state.columns.length) this.columns.append(this.outputColumn(state));
    else this.columns.append(make("p", { textContent: `Not drawn: ${state.layers.join(", ")}` }));
    byId("net").replaceChildren(this.columns);
    this.links();
    this.pick(null);
    if (focus) this.columns.querySelector(`[data-key="${focus}"]`)?.focus();
    this.place();
  }

  inputColumn(state) {
    const column = make("div", { className: "column" }, make("div", { className: "head" }, "Inputs"));
    const drawn = [];
    const own = state.settings.dataset === "table";
    const names = own ? state.inputs.slice(0, this.choices.limits.units) : this.choices.features;
    for (const name of names) {
      const at = state.inputs.indexOf(name);
      const neuron = this.neuron(at >= 0, `input ${name}`, names.length > 12);
      neuron.dataset.key = `input ${name}`;
      if (!own) {
        neuron.setAttribute("aria-pressed", at >= 0);
        neuron.onclick = () => this.toggle(name);
      } else neuron.disabled = true;
      if (at >= 0) drawn[at] = neuron;
      column.append(make("div", { className: at >= 0 ? "input" : "input off" }, make("span", { textContent: name }), neuron));
    }
    this.neurons.push(drawn);
    return column;
  }

  toggle(name) {
    this.change(({ features: now }) => {
      const features = now.includes(name) ? now.filter((n) => n !== name) : this.choices.features.filter((n) => n === name || now.includes(n));
      return features.length ? { features, network: "built" } : null;
    });
  }

  hiddenColumn(column, k, given) {
    const { hidden } = this.state.settings;
    const head = make("div", { className: "head" });
    if (given) head.append(`${column.units} units`, make("span", { textContent: column.activation }));
    else {
      const button = (text, label, step) =>
        make("button", {
          textContent: text, "aria-label": label, "data-key": label,
          disabled: hidden[k] + step < 1 || hidden[k] + step > this.choices.limits.units,
          onclick: () => this.resize((now) => now.map((n, i) => (i === k ? n + step : n))),
        });
      head.append(
        make("div", { className: "bar" }, button("−", `Layer ${k + 1}: one unit less`, -1), `${column.units}`, button("+", `Layer ${k + 1}: one unit more`, 1)),
        select(same(this.choices.activations), column.activation,
          (v) => this.change(({ activations }) => ({ activations: activations.map((a, i) => (i === k ? v : a)), network: "built" })),
          { "aria-label": `Activation of layer ${k + 1}`, "data-key": `activation ${k}` }),
      );
    }
    const box = make("div", { className: "column" }, head);
    this.neurons.push(this.units(box, column, k, `layer ${k + 1}`));
    return box;
  }

  outputColumn(state) {
    const k = state.columns.length - 1;
    const column = state.columns[k];
    const box = make("div", { className: "column" }, make("div", { className: "head" }, "Output", make("span", { className: "quiet", textContent: column.activation === "identity" ? "" : column.activation })));
    this.neurons.push(this.units(box, column, k, "output"));
    return box;
  }

  units(box, column, k, name) {
    const found = [];
    for (let j = 0; j < column.shown; j++) {
      const neuron = this.neuron(true, `${name} neuron ${j + 1}: show its weights`, column.shown > 10);
      neuron.onclick = () => this.pick({ k, j });
      const shown = `neurons${k}`;
      neuron.onmouseenter = neuron.onfocus = () => {
        this.hover(`${name}, neuron ${j + 1}: bias ${short(this.arrays[`bias${k}`]?.data[j])}`);
        if (this.arrays[shown]) this.look({ name: shown, j });
      };
      neuron.onmouseleave = neuron.onblur = () => this.look(null);
      neuron.dataset.key = `${k} ${j}`;
      found.push(neuron);
      box.append(neuron);
    }
    if (column.units > column.shown) box.append(make("span", { className: "quiet", textContent: `of ${column.units}` }));
    return found;
  }

  neuron(on, label, dense) {
    const canvas = make("canvas", { width: 20, height: 20 });
    return make("button", { className: `neuron${dense ? " dense" : ""}`, type: "button", "aria-label": label, title: label }, ...(on ? [canvas] : []));
  }

  hover(text) {
    byId("hover").textContent = text;
  }

  /** Make a path for each link, of the heaviest ones if there are too many. */
  links() {
    this.paths = [];
    for (let k = 0; k + 1 < this.neurons.length; k++) {
      const [from, to] = [this.neurons[k].length, this.neurons[k + 1].length];
      for (let j = 0; j < to; j++)
        for (let i = 0; i < from && this.paths.length < MOST_LINKS; i++) {
          const path = document.createElementNS(SVG, "path");
          path.onmouseenter = () => this.hover(`weight from ${this.nameOf(k, i)} to ${this.nameOf(k + 1, j)}: ${short(this.weight(k, i, j), 5)}`);
          path.onclick = () => this.pick({ k, j, i });
          this.svg.append(path);
          this.paths.push({ path, k, i, j });
        }
    }
    this.labels = document.createElementNS(SVG, "g");
    this.svg.append(this.labels);
  }

  nameOf(column, unit) {
    if (column === 0) return this.state.inputs[unit];
    return column === this.neurons.length - 1 ? `output ${unit + 1}` : `neuron ${unit + 1} of layer ${column}`;
  }

  weight(k, i, j) {
    const w = this.arrays[`weight${k}`];
    return w ? w.data[i * w.shape[1] + j] : undefined;
  }

  /** Put the links where the neurons are. */
  place() {
    if (!this.columns) return;
    const base = this.columns.getBoundingClientRect();
    this.svg.setAttribute("width", base.width);
    this.svg.setAttribute("height", base.height);
    const box = (k, i) => this.neurons[k][i].getBoundingClientRect();
    this.at = ({ k, i, j }) => {
      const [a, b] = [box(k, i), box(k + 1, j)];
      return [a.right - base.left, a.top + a.height / 2 - base.top, b.left - base.left, b.top + b.height / 2 - base.top];
    };
    for (const link of this.paths) {
      const [x1, y1, x2, y2] = this.at(link);
      const bend = (x2 - x1) / 2;
      link.path.setAttribute("d", `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`);
    }
  }

  /** Take a frame: pictures and weights. */
  draw(arrays) {
    this.arrays = arrays;
    const table = ramp(theme());
    const columns = ["inputs", ...this.neurons.slice(1).map((_, k) => `neurons${k}`)];
    columns.forEach((name, k) => {
      const pictures = arrays[name];
      if (!pictures) return;
      const [, side] = pictures.shape;
      this.neurons[k].forEach((neuron, j) => {
        const pen = neuron.firstChild?.getContext("2d");
        if (!pen || j >= pictures.shape[0]) return;
        const image = pen.createImageData(side, side);
        paintLevels(image.data, pictures.data.subarray(j * side * side, (j + 1) * side * side), table, false);
        pen.putImageData(image, 0, 0);
      });
    });
    this.drawOutput(arrays, table);
    for (const { path, k, i, j } of this.paths) {
      const w = this.weight(k, i, j) ?? 0;
      path.style.stroke = w < 0 ? "var(--low)" : "var(--high)";
      path.style.strokeWidth = Math.min(0.6 + 2 * Math.abs(w), 8);
      path.style.strokeOpacity = Math.min(0.15 + 0.5 * Math.abs(w), 0.9);
    }
    this.fillForm();
  }

  drawOutput(arrays, table) {
    const neuron = this.neurons.at(-1);
    if (this.neurons.length < 2 || neuron.length !== 1 || !arrays.output) return;
    const pen = neuron[0].firstChild.getContext("2d");
    const [side] = arrays.output.shape;
    const levels = new Uint8Array(400);
    for (let r = 0; r < 20; r++) for (let c = 0; c < 20; c++) levels[20 * r + c] = arrays.output.data[Math.floor(((r + 0.5) * side) / 20) * side + Math.floor(((c + 0.5) * side) / 20)];
    const image = pen.createImageData(20, 20);
    paintLevels(image.data, levels, table, false);
    pen.putImageData(image, 0, 0);
  }

  /** Open the form of a neuron's weights, or close it. */
  pick(at) {
    const form = byId("weights");
    this.picked = at;
    form.hidden = !at;
    if (!at) return;
    const { k, j, i } = at;
    const fields = [make("strong", { textContent: `Into ${this.nameOf(k + 1, j)}` })];
    const field = (text, row) => {
      const input = make("input", { type: "number", step: "any", inputMode: "decimal" });
      input.dataset.row = row ?? "bias";
      input.onchange = () => input.value !== "" && this.edit(k, row, j, Number(input.value));
      return make("label", {}, text, input);
    };
    this.neurons[k].forEach((_, from) => fields.push(field(`from ${this.nameOf(k, from)}`, from)));
    fields.push(field("bias", null), make("button", { type: "button", textContent: "Close", onclick: () => this.close() }));
    form.replaceChildren(...fields);
    form.onsubmit = (event) => event.preventDefault();
    // No value: a false one would swallow the key.
    form.onkeydown = (event) => { if (event.key === "Escape") this.close(); };
    this.fillForm();
    form.querySelector(`input[data-row="${i ?? 0}"]`)?.focus();
  }

  close() {
    const at = this.picked;
    this.pick(null);
    if (at) this.neurons[at.k + 1][at.j].focus();
  }

  fillForm() {
    if (!this.picked) return;
    const { k, j } = this.picked;
    for (const input of byId("weights").querySelectorAll("input")) {
      if (input === document.activeElement && input.value !== "") continue;
      const value = input.dataset.row === "bias" ? this.arrays[`bias${k}`]?.data[j] : this.weight(k, Number(input.dataset.row), j);
      if (value !== undefined) input.value = Number(value.toPrecision(6));
    }
  }

  /** Write numbers on the links into neuron `j` of column `k` + 1, and mark it; null for none. */
  annotate(at) {
    this.labels.replaceChildren();
    for (const column of this.neurons) for (const neuron of column) neuron?.classList.remove("on");
    if (!at) return;
    const { k, j, numbers } = at;
    this.neurons[k + 1]?.[j]?.classList.add("on");
    numbers.forEach((value, i) => {
      if (!this.neurons[k][i] || !this.neurons[k + 1]?.[j]) return;
      const [x1, y1, x2, y2] = this.at({ k, i, j });
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("x", x1 + 0.42 * (x2 - x1));
      text.setAttribute("y", y1 + 0.35 * (y2 - y1) + 4);
      text.setAttribute("text-anchor", "middle");
      text.textContent = short(value);
      this.labels.append(text);
    });
  }
}
