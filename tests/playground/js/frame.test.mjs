import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame, joinCurve } from "../../../python/fusedmlp/playground/static/frame.js";

// Written by frame_of({"a": 1}, {"b": uint8 [7, 8], "c": float32 [[1.5]]}); test_page_scripts.py holds it.
export const FRAME = "340000007b2261223a312c22617272617973223a5b5b2262222c227531222c5b325d5d2c5b2263222c226634222c5b312c315d5d5d7d2020070800000000c03f";

test("a frame is decoded", () => {
  const bytes = Uint8Array.from(FRAME.match(/../g), (pair) => parseInt(pair, 16));
  const { a, arrays } = decodeFrame(bytes.buffer);
  assert.equal(a, 1);
  assert.deepEqual([...arrays.b.data], [7, 8]);
  assert.deepEqual([arrays.c.shape, arrays.c.data[0]], [[1, 1], 1.5]);
});

test("a curve grows, and its last point may be replaced", () => {
  const curve = { epochs: [0, 5], loss: [3, 2], test: [4, 3] };
  const joined = joinCurve(curve, { whole: false, curve: { epochs: [5, 9], loss: [1, 0], test: [1, 1] } });
  assert.deepEqual(joined, { epochs: [0, 5, 9], loss: [3, 1, 0], test: [4, 1, 1] });
  assert.deepEqual(joinCurve(curve, { whole: true, curve: { epochs: [1], loss: [1], test: [1] } }).epochs, [1]);
});
