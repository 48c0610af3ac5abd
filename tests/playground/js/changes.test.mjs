import assert from "node:assert/strict";
import { test } from "node:test";

import { Changes } from "../../../python/fusedmlp/playground/static/changes.js";

test("each begins with what the one before led to", () => {
  const sent = [];
  const changes = new Changes((c) => sent.push(c));
  changes.answered({ n: 1 });
  const more = ({ n }) => ({ n: n + 1 });
  changes.ask(more);
  changes.ask(more);
  changes.ask(() => null);
  changes.ask({ m: 5 });
  assert.deepEqual(sent, [{ n: 2 }]);
  changes.answered({ n: 2 });
  assert.deepEqual(sent, [{ n: 2 }, { n: 3 }]);
  changes.answered({ n: 2 }); // refused: the settings are as before
  assert.deepEqual(sent, [{ n: 2 }, { n: 3 }, { m: 5 }]);
});
