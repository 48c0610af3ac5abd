// Forms of settings: built once from the choices there are, then kept equal to the settings.

import { byId, make, same, select } from "./dom.js";
import { short } from "./numbers.js";

/** Build all forms; `change(changes)` is called with what the user changes. Returns `show(state)`. */
export function buildControls(choices, change) {
  const kept = [];
  const add = (place, name, text, input, format) => {
    const value = make("b");
    input.id = `set-${name}`;
    byId(place).append(make("div", { className: "field" }, make("label", { for: input.id, textContent: text }), value, input));
    kept.push({ name, input, value, format });
    return input;
  };
  const list = (place, name, text, pairs, also = {}) =>
    add(place, name, text, select(pairs, "", (v) => change({ [name]: v, ...also })), null);
  const range = (place, name, text, low, high, step, also = {}, format = short) => {
    const input = make("input", { type: "range", min: low, max: high, step });
    input.onchange = () => change({ [name]: Number(input.value), ...also });
    const control = add(place, name, text, input, format);
    input.oninput = () => (kept.find((k) => k.name === name).value.textContent = format(Number(input.value)));
    return control;
  };
  const number = (place, name, text, low, step, also = {}) => {
    const input = make("input", { type: "number", min: low, step, inputMode: "decimal" });
    input.onchange = () => input.value !== "" && change({ [name]: Number(input.value), ...also });
    return add(place, name, text, input, null);
  };
  const titles = choices.datasets.map(([name, title]) => [name, title]);
  list("data-controls", "dataset", "Data set", [...titles, ["drawn", "Points you draw"], ["table", "CSV file"]]);
  range("data-controls", "samples", "Samples", 50, 2000, 50);
  range("data-controls", "noise", "Noise", 0, 1, 0.05);
  range("data-controls", "train_share", "Share to train on", 0.1, 0.9, 0.1, {}, (v) => `${Math.round(100 * v)} %`);
  number("data-controls", "data_seed", "Seed of the data", 0, 1);
  const built = { network: "built" };
  range("net-controls", "dropout", "Dropout", 0, 0.9, 0.05, built);
  list("net-controls", "norm", "Norm", same(choices.norms), built);
  list("net-controls", "init", "First weights", same(choices.inits), built);
  number("net-controls", "seed", "Seed of the net", 0, 1, built);
  list("train-controls", "optimizer", "Optimizer", same(choices.optimizers.map((o) => o.name)));
  number("train-controls", "learning_rate", "Learning rate", 0, "any");
  list("train-controls", "schedule", "Schedule", same(choices.schedules));
  number("train-controls", "schedule_epochs", "over epochs", 1, 1);
  number("train-controls", "batch_size", "Batch size", 1, 1);
  number("train-controls", "momentum", "Momentum", 0, "any");
  number("train-controls", "weight_decay", "Weight decay", 0, "any");
  number("train-controls", "l1", "L1", 0, "any");
  byId("speed").onchange = () => change({ speed: Number(byId("speed").value) });
  const optimizers = Object.fromEntries(choices.optimizers.map((o) => [o.name, o]));

  return ({ settings }) => {
    for (const { name, input, value, format } of kept) {
      // Who is at a slider or a number is ahead of the answers.
      if (document.activeElement !== input || input.tagName === "SELECT") input.value = settings[name];
      if (format) value.textContent = format(settings[name]);
    }
    const speed = byId("speed");
    if (![...speed.options].some((o) => Number(o.value) === settings.speed))
      speed.append(make("option", { value: settings.speed, textContent: `${short(settings.speed)} epochs/s` }));
    speed.value = settings.speed;
    const able = (name, on) => (kept.find((k) => k.name === name).input.disabled = !on);
    able("momentum", optimizers[settings.optimizer].momentum);
    able("weight_decay", optimizers[settings.optimizer].weight_decay);
    able("schedule_epochs", settings.schedule !== "constant");
    const own = settings.dataset === "drawn" || settings.dataset === "table";
    able("samples", !own);
    able("noise", !own);
  };
}
