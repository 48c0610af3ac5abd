// Frames as the server packs them: length, JSON header, arrays; see README.md of the folder above.

/** Return the header of a frame with `arrays`: by name {shape, data}. */
export function decodeFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  const arrays = {};
  for (const [name, type, shape] of header.arrays) {
    const size = shape.reduce((a, b) => a * b, 1);
    const bytes = type === "f4" ? 4 * size : size;
    const data = type === "f4" ? new Float32Array(buffer, at, size) : new Uint8Array(buffer, at, size);
    arrays[name] = { shape, data };
    at += bytes + ((4 - (bytes % 4)) % 4);
  }
  return { ...header, arrays };
}

/** Return a curve with what a frame adds to it. */
export function joinCurve(curve, { whole, curve: added }) {
  if (whole || !curve) return structuredClone(added);
  let keep = curve.epochs.length;
  while (keep && curve.epochs[keep - 1] >= added.epochs[0]) keep--;
  const joined = {};
  for (const name of Object.keys(added)) joined[name] = [...curve[name].slice(0, keep), ...added[name]];
  return joined;
}
