// Settings in the address, behind the #: only what differs from the defaults.

const HIDDEN = new Set(["target"]); // a table is not in the address

/** Return the fragment for settings. */
export function toFragment(settings, defaults) {
  const parts = [];
  for (const [name, value] of Object.entries(settings)) {
    if (HIDDEN.has(name) || JSON.stringify(value) === JSON.stringify(defaults[name])) continue;
    if (name === "dataset" && value === "table") continue;
    if (name === "network" || (name === "points" && settings.dataset !== "drawn")) continue;
    const text = name === "points" ? value.map((p) => p.join(" ")).join(",") : [value].flat().join(",");
    parts.push(`${name}=${encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%20", "+")}`);
  }
  return parts.join("&");
}

/** Return the changes that a fragment asks for; names it should not have are left out. */
export function fromFragment(fragment, defaults) {
  const changes = {};
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const cut = part.indexOf("=");
    const name = part.slice(0, cut);
    if (cut < 1 || !Object.hasOwn(defaults, name)) continue;
    let text;
    try {
      text = decodeURIComponent(part.slice(cut + 1).replaceAll("+", " "));
    } catch {
      continue;
    }
    changes[name] = valueLike(name, text, defaults[name]);
  }
  return changes;
}

function valueLike(name, text, example) {
  const items = text === "" ? [] : text.split(",");
  if (name === "points") return items.map((p) => p.split(" ").map(Number));
  if (Array.isArray(example)) return items.map((item) => (name === "hidden" ? Number(item) : item));
  return typeof example === "number" ? Number(text) : text;
}
