// Light and dark: as the system has it, until the button was pressed.

import { byId } from "./dom.js";

const root = document.documentElement;

/** Begin; `redraw()` is called after a change. */
export function useTheme(redraw) {
  root.dataset.theme = stored() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  byId("theme").onclick = () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch { /* private mode */ }
    redraw();
  };
}

function stored() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}
