// Keys of the whole page, and the picture by mouse and keys.

import { byId } from "./dom.js";

const KEYS = { " ": "play", b: "step-batch", e: "step-epoch", r: "reset" };
const MOVES = { ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, 0.2], ArrowDown: [0, -0.2] };

/** Whether a key pressed at an element belongs to the element. */
function taken(element, key) {
  return element.closest("input, select, textarea") || (key === " " && element.closest("button, a, [role=tab], #picture"));
}

/** Let keys press the buttons of the bar. */
export function useKeys() {
  addEventListener("keydown", (event) => {
    const id = KEYS[event.key];
    if (!id || event.ctrlKey || event.metaKey || event.altKey || taken(event.target, event.key)) return;
    event.preventDefault();
    byId(id).click();
  });
}

/** Call `touch(x, y)` for a place in the plane that is clicked, or reached by arrows and Enter; `move(cursor)` on the way. */
export function usePicture(half, cursor, touch, move) {
  const canvas = byId("picture");
  const within = (v) => Math.min(Math.max(v, -half), half);
  canvas.onclick = (event) => {
    const box = canvas.getBoundingClientRect();
    touch(within((2 * (event.clientX - box.left) / box.width - 1) * half), within((1 - 2 * (event.clientY - box.top) / box.height) * half));
  };
  canvas.onkeydown = (event) => {
    if (MOVES[event.key]) {
      event.preventDefault();
      MOVES[event.key].forEach((d, k) => (cursor[k] = within(cursor[k] + d)));
      move(cursor);
    } else if (event.key === "Enter") touch(...cursor);
  };
}
