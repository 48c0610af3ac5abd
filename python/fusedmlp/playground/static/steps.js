// The steps of a trace as text: forward through every neuron, the loss, and back.

import { short } from "./numbers.js";

const signed = (v) => (v < 0 ? `(${short(v)})` : short(v));

/** Return [{text, way, mark: {k, j, numbers}}]; `weight(k, i, j)` and `bias(k, j)` give what is drawn. */
export function stepsOf(trace, inputs, weight, bias) {
  const steps = [];
  const before = (k) => (k ? trace.layers[k - 1].a : trace.input);
  const title = (k) => (k === trace.layers.length - 1 ? "Output" : `Layer ${k + 1}`);
  trace.layers.forEach((layer, k) => {
    layer.z.forEach((z, j) => {
      const parts = before(k).slice(0, 32).map((x, i) => `${signed(weight(k, i, j))}·${signed(x)}`);
      const sum = layer.norm ? `norm(${parts.join(" + ")} + ${short(bias(k, j))})` : `${parts.join(" + ")} + ${signed(bias(k, j))}`;
      const gives = layer.activation === "identity" ? "" : `\na = ${layer.activation}(z) = ${short(layer.a[j])}`;
      steps.push({
        way: "forward",
        text: `${title(k)}, neuron ${j + 1}: weights times what comes in, plus bias\nz = ${sum}\n  = ${short(z)}${gives}`,
        mark: { k, j, numbers: before(k).map((x, i) => x * (weight(k, i, j) ?? 0)) },
      });
    });
  });
  const outputs = trace.output.map((v) => short(v)).join(", ");
  const last = trace.layers.length - 1;
  steps.push({
    way: "loss",
    text: `Loss (${trace.loss_name ?? "loss"}) of output ${outputs} against target ${trace.target}\nL = ${short(trace.loss, 4)}\n∂L/∂output = ${trace.d_output.map((v) => short(v)).join(", ")}`,
    mark: { k: last, j: 0, numbers: [] },
  });
  for (let k = last; k >= 0; k--) {
    const layer = trace.layers[k];
    layer.z.forEach((_, j) => {
      const through = layer.activation === "identity" ? "∂L/∂z = ∂L/∂a" : `∂L/∂z = ∂L/∂a · ${layer.activation}'(z) = ${short(layer.d_a[j])} · ${signed(layer["f'"][j])}`;
      const names = before(k).slice(0, 32).map((x, i) => `  ∂L/∂w(${k ? `neuron ${i + 1}` : inputs[i]}) = ${layer.norm ? short(layer.d_weight[i][j]) : `${signed(layer.d_z[j])}·${signed(x)} = ${short(layer.d_weight[i][j])}`}`);
      steps.push({
        way: "back",
        text: `${title(k)}, neuron ${j + 1}: the slope of the loss, times the activation's own slope, times what came in\n${through} = ${short(layer.d_z[j])}\n${names.join("\n")}\n  ∂L/∂b = ${short(layer.d_bias[j])}`,
        mark: { k, j, numbers: layer.d_weight.map((row) => row[j]) },
      });
    });
  }
  return steps;
}
