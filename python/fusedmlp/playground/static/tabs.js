// Tabs, by mouse and arrow keys.

import { byId } from "./dom.js";

let shown = () => {};
const tabs = () => [...document.querySelectorAll("[role=tab]")];

/** Begin; `action(name)` is called with the panel that was opened. */
export function useTabs(action) {
  shown = action;
  for (const tab of tabs()) {
    tab.onclick = () => showTab(tab.getAttribute("aria-controls"));
    tab.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const all = tabs();
      const next = all[(all.indexOf(tab) + step + all.length) % all.length];
      next.focus();
      next.click();
    };
  }
}

/** Open a panel. */
export function showTab(name) {
  for (const tab of tabs()) {
    const on = tab.getAttribute("aria-controls") === name;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !on;
  }
  shown(name);
}
