import assert from "node:assert/strict";
import { test } from "node:test";
import { flatParts } from "../../../python/fusedmlp/playground/static/activation.js";
import { paintClasses, paintLevels, ramp, rgb } from "../../../python/fusedmlp/playground/static/colours.js";
import { extent, short, ticks } from "../../../python/fusedmlp/playground/static/numbers.js";
import { stepsOf } from "../../../python/fusedmlp/playground/static/steps.js";

test("numbers are short", () => {
  assert.deepEqual([0, 1234.5, 0.123456, 1e-7, null, NaN].map((v) => short(v)), ["0", "1234.5", "0.123", "1.0e-7", "–", "–"]);
});

test("ticks are round and end", () => {
  assert.deepEqual(ticks(0, 1, 4), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(0, 0.815, 4), [0, 0.2, 0.4, 0.6, 0.8]);
  assert.deepEqual(ticks(3, 3, 4), [3]);
  assert.deepEqual(ticks(-0.3, 0.3, 3), [-0.2, 0, 0.2]);
});

test("the extent leaves out what is no number", () => {
  assert.deepEqual(extent([[1, null, -2], [NaN, 5]]), [-2, 5]);
  assert.deepEqual(extent([[0, 2, 3]], true), [2, 3]);
  assert.equal(extent([[null]]), null);
});

test("colours go from low to high", () => {
  const table = ramp("light");
  const pixels = new Uint8ClampedArray(8);
  paintLevels(pixels, new Uint8Array([0, 255]), table, false);
  assert.ok(pixels[0] > pixels[2] && pixels[4] < pixels[6], "orange, then blue");
  paintClasses(pixels, new Uint8Array([0, 2]), new Uint8Array([255, 255]), 3, "dark", false);
  assert.equal(pixels[7], 255);
  assert.deepEqual(rgb("#0102ff"), [1, 2, 255]);
});

test("flat stretches are found", () => {
  assert.deepEqual(flatParts([0, 1, 2, 3, 4], [true, true, false, false, true]), [[0, 1], [4, 4]]);
});

test("the chain rule goes forward, over the loss, and back", () => {
  const layer = { activation: "tanh", norm: false, z: [0.5], a: [0.46], "f'": [0.79], d_a: [2], d_z: [1.58], d_weight: [[1.58]], d_bias: [1.58] };
  const trace = { input: [1], output: [0.46], target: [0], loss: 0.2, d_output: [2], layers: [layer, { ...layer, activation: "identity" }] };
  const steps = stepsOf(trace, ["x1"], () => 0.5, () => 0);
  assert.deepEqual(steps.map((s) => s.way), ["forward", "forward", "loss", "back", "back"]);
  assert.match(steps[0].text, /0\.5·1 \+ 0\n/);
  assert.match(steps.at(-1).text, /2 · 0\.79 = 1\.58/);
  assert.deepEqual(steps.at(-1).mark, { k: 0, j: 0, numbers: [1.58] });
});
