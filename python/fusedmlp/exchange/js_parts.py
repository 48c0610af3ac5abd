"""The JavaScript functions that operations call; each is written only into files that need it."""

from __future__ import annotations

from . import table

PARTS = {
    "dense": """\
function dense(h, w, b, m) {
  const y = b ? Float64Array.from(b) : new Float64Array(m);
  for (let i = 0, at = 0; i < h.length; i++, at += m) {
    for (let j = 0; j < m; j++) y[j] += h[i] * w[at + j];
  }
  return y;
}
""",
    "layer_norm": """\
function layer_norm(h, weight, bias, eps) {
  const n = h.length;
  const mean = h.reduce((sum, v) => sum + v, 0) / n;
  const variance = h.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
  return h.map((v, i) => ((v - mean) / Math.sqrt(variance + eps)) * weight[i] + bias[i]);
}
""",
    "softmax": """\
function softmax(h, log = false) {
  const most = Math.max(...h);
  const sum = h.reduce((sum, v) => sum + Math.exp(v - most), 0);
  return h.map((v) => (log ? v - most - Math.log(sum) : Math.exp(v - most) / sum));
}
""",
    "mean": """\
function mean(members) {
  return members[0].map((_, j) => members.reduce((sum, h) => sum + h[j], 0) / members.length);
}
""",
    "erfc": """\
function erfc(t) {
  if (t < 0) return 2 - erfc(-t);
  if (t < 2) {
    let term = t, sum = t;
    for (let n = 1; term > sum * 1e-17; n++) sum += term *= (2 * t * t) / (2 * n + 1);
    return 1 - 2 / Math.sqrt(Math.PI) * Math.exp(-t * t) * sum;
  }
  let f = t;
  for (let k = 100; k > 0; k--) f = t + k / 2 / f;
  return Math.exp(-t * t) / Math.sqrt(Math.PI) / f;
}
""",
    "index": """\
// A whole number; what is none of 0 .. size - 1 counts as 0.
function index(v, size) {
  return v >= 0 && v < size ? Math.floor(v) : 0;
}
""",
    "on_columns": """\
// The other columns, then what is made of the chosen ones.
function on_columns(h, others, made) {
  return Float64Array.from([...Array.from(others, (k) => h[k]), ...made]);
}
""",
    "embed": """\
function embed(h, columns, sizes, first, table, dim) {
  return Array.from(columns).flatMap((column, i) => {
    const row = (first[i] + index(h[column], sizes[i])) * dim;
    return Array.from(table.subarray(row, row + dim));
  });
}
""",
    "one_hot": """\
function one_hot(h, columns, sizes, first, skip, off, on) {
  const y = Array.from(off);
  columns.forEach((column, i) => {
    const k = index(h[column], sizes[i]);
    if (k >= skip) y[first[i] + k] = on[first[i] + k];
  });
  return y;
}
""",
    "periodic": """\
function periodic(h, columns, frequency, phase, weight, bias, waves, dim) {
  return Array.from(columns).flatMap((column, i) => {
    const e = Array.from(bias.subarray(i * dim, (i + 1) * dim));
    for (let k = i * waves; k < (i + 1) * waves; k++) {
      const turns = h[column] * frequency[k] + phase[k];
      const wave = Math.cos(2 * Math.PI * (turns - Math.round(turns)));
      for (let d = 0; d < dim; d++) e[d] += wave * weight[k * dim + d];
    }
    return [h[column], ...e];
  });
}
""",
    "piecewise": """\
function piecewise(h, columns, low, start, slope, bins, dim) {
  return Array.from(columns).flatMap((column, i) => {
    const v = h[column];
    let t = i * bins;
    while (t + 1 < (i + 1) * bins && low[t + 1] <= v) t++;
    const e = [v];
    for (let d = t * dim; d < (t + 1) * dim; d++) e.push(start[d] + (v - low[t]) * slope[d]);
    return e;
  });
}
""",
    "gap": """\
const gap = (v) => !(Math.abs(v) <= 1e100);
""",
    "scaled": f"""\
function scaled(v, center, scale, smooth) {{
  if (gap(v)) return 0;
  const z = Math.min(Math.max((v - center) / scale, -{table.FARTHEST:g}), {table.FARTHEST:g});
  const third = z * (1 / 3);
  return Math.fround(smooth ? z / Math.sqrt(third * third + 1) : z);
}}
""",
}
