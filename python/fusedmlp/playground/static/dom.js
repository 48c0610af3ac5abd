// Small helpers for elements.

export const byId = (id) => document.getElementById(id);

/** Return an element with properties, attributes (names with a dash, "role", "for") and children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Return a select with these [value, text] pairs. */
export function select(pairs, value, change, properties = {}) {
  const list = make("select", properties, ...pairs.map(([v, t]) => make("option", { value: v, textContent: t })));
  list.value = value;
  list.onchange = () => change(list.value);
  return list;
}

export const same = (names) => names.map((name) => [name, name]);

export const theme = () => document.documentElement.dataset.theme;
