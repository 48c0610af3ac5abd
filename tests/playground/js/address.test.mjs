import assert from "node:assert/strict";
import { test } from "node:test";
import { fromFragment, toFragment } from "../../../python/fusedmlp/playground/static/address.js";

const defaults = { dataset: "circle", samples: 500, hidden: [8, 8], features: ["x1", "x2"], points: [], activations: ["tanh", "tanh"], target: "", network: "built" };

test("only what differs stands in the address", () => {
  assert.equal(toFragment(defaults, defaults), "");
  assert.equal(toFragment({ ...defaults, hidden: [4, 2, 1], samples: 60 }, defaults), "samples=60&hidden=4,2,1");
});

test("settings come back as they were", () => {
  const all = { ...defaults, dataset: "drawn", hidden: [], features: ["x1*x2", "x1^2"], points: [[0.5, -1, 0], [1, 2, 3]] };
  assert.deepEqual({ ...defaults, ...fromFragment("#" + toFragment(all, defaults), defaults) }, all);
});

test("a table and its columns are not told", () => {
  assert.equal(toFragment({ ...defaults, dataset: "table", target: "income" }, defaults), "");
});

test("nonsense is left out", () => {
  assert.deepEqual(fromFragment("#x=1&=&samples&%%=2&hidden=%E0%A4%A&__proto__=1", defaults), {});
});
