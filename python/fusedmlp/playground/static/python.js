// What was done here as a Python script, and files to take away.

import { byId, make } from "./dom.js";

const FILES = [["model", "playground.safetensors", "Download the model"], ["start", "playground_start.safetensors", "First weights"], ["data", "playground_data.npz", "Data"]];

/** Show a script; `again()` asks for a new one. */
export function showScript(text, session, again) {
  const copy = make("button", { className: "main", id: "copy", textContent: "Copy as Python" });
  copy.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(byId("code"));
      copy.textContent = "Selected: press Ctrl-C";
    }
  };
  const links = FILES.map(([what, download, textContent]) => make("a", { className: "button", href: `download/${what}?session=${session}`, download, textContent }));
  byId("script").replaceChildren(
    make("p", { className: "quiet", textContent: "What was done here since the last reset, as a script that gives the same weights." }),
    make("div", { className: "bar" }, copy, make("button", { textContent: "Renew", onclick: again }), ...links),
    make("pre", { id: "code", textContent: text, tabIndex: 0 }));
}
