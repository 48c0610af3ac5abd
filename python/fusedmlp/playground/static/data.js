// Data of the user's own: points drawn into the picture, and CSV files.

import { CLASSES } from "./colours.js";
import { byId, make, same, select } from "./dom.js";

/** Points drawn by hand; `done(points)` when they can be learned. */
export class Drawing {
  constructor(choices, done, redraw) {
    Object.assign(this, { choices, done, redraw });
    this.points = [];
    this.label = 0;
    this.cursor = [0, 0];
    const chips = byId("draw-classes");
    for (let k = 0; k < 4; k++) {
      const dot = make("span", { className: "dot" });
      dot.style.background = CLASSES[k];
      const chip = make("button", { type: "button", role: "radio", "aria-checked": k === 0 }, dot, `class ${k}`);
      chip.onclick = () => {
        this.label = k;
        [...chips.children].forEach((c, i) => c.setAttribute("aria-checked", i === k));
      };
      chips.append(chip);
    }
    byId("draw-clear").onclick = () => {
      this.points = [];
      this.redraw();
    };
  }

  get active() {
    return !byId("draw-tools").hidden;
  }

  open(on) {
    byId("draw-tools").hidden = !on;
  }

  add(x, y) {
    if (this.points.length >= this.choices.limits.points) return;
    this.points.push([Number(x.toFixed(3)), Number(y.toFixed(3)), this.label]);
    if (this.ready) this.done(this.points);
    else this.redraw();
  }

  get ready() {
    return this.points.length >= 4 && new Set(this.points.map((p) => p[2])).size > 1;
  }
}

/** Return the columns of a table's plane, across and up; empty texts for the components. */
function axes({ plane }) {
  return plane === "pca" ? ["", ""] : plane.split(",");
}

/** Files: chosen, or dropped anywhere; `take(state)` gets the answer, `fail(text)` what went wrong. */
export class Files {
  constructor(choices, take, fail, change) {
    Object.assign(this, { choices, take, fail, change });
    this.file = null;
    byId("file").onchange = () => this.send(byId("file").files[0]);
    let inside = 0;
    addEventListener("dragenter", (e) => { e.preventDefault(); inside++; document.body.classList.add("dropping"); });
    addEventListener("dragleave", () => { if (--inside <= 0) this.left(); });
    addEventListener("dragover", (e) => e.preventDefault());
    addEventListener("drop", (e) => {
      e.preventDefault();
      inside = 0;
      this.left();
      this.send(e.dataTransfer.files[0]);
    });
  }

  left() {
    document.body.classList.remove("dropping");
  }

  async send(file, target = "") {
    if (!file) return;
    if (file.size > this.choices.limits.upload) return this.fail(`${file.name} has more than ${this.choices.limits.upload / 1e6} MB`);
    this.file = file;
    const query = new URLSearchParams({ session: this.session, name: file.name, target });
    try {
      const answer = await fetch(`table?${query}`, { method: "POST", body: file });
      const found = await answer.json();
      if (answer.ok) this.take(found);
      else this.fail(found.error);
    } catch (error) {
      this.fail(`the file could not be sent: ${error.message}`);
    }
  }

  /** Show what can be chosen about a table. */
  show({ table, settings }) {
    const box = byId("table-tools");
    box.hidden = !table || settings.dataset !== "table";
    if (box.hidden) return;
    const parts = [make("p", { textContent: `${table.source}: ${table.columns.length} inputs` })];
    const label = (text, input) => make("label", {}, text, input);
    if (this.file) parts.push(label("Target ", select(same(table.names), table.target, (v) => this.send(this.file, v))));
    const names = table.columns.map((name, k) => [k, name]);
    const [across, up] = axes(settings);
    const setAcross = (v) => this.change((now) => ({ plane: v === "" ? "pca" : `${v},${axes(now)[1] || (v === "0" ? 1 : 0)}` }));
    const setUp = (v) => this.change((now) => (now.plane === "pca" ? null : { plane: `${axes(now)[0]},${v}` }));
    parts.push(label("Picture across ", select([["", "components (PCA)"], ...names], across, setAcross)));
    if (across !== "") parts.push(label("up ", select(names, up, setUp)));
    for (const note of table.notes) parts.push(make("p", { textContent: note }));
    box.replaceChildren(...parts);
  }
}
