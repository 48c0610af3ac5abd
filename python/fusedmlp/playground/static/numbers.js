// Numbers as text, and axes.

/** Return a number in few characters. */
export function short(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(digits - 2).replace("e+", "e");
  return String(Number(value.toPrecision(size >= 1000 ? 5 : digits)));
}

/** Return round values within [low, high], about `count` of them. */
export function ticks(low, high, count) {
  const span = high - low;
  if (!(span > 0)) return [low];
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [10, 5, 2, 1].find((m) => m * power <= raw * 1.5);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/** Return lowest and highest finite value of some lists, or null; positive ones alone for a logarithm. */
export function extent(lists, positive = false) {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists)
    for (const v of list)
      if (v !== null && Number.isFinite(v) && (!positive || v > 0)) {
        if (v < low) low = v;
        if (v > high) high = v;
      }
  return low <= high ? [low, high] : null;
}
