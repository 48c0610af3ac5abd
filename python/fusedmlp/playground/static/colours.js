// Colours of classes and values, light and dark.

export const CLASSES = ["#d9690c", "#1273b8", "#2a9153", "#a33fa8", "#8a6d0b", "#c03040", "#3aa6a0", "#6a5acd", "#7f7f7f", "#4f7a1c"];

const MIDDLE = { light: [244, 245, 247], dark: [38, 46, 57] };
const LOW = [233, 133, 40];
const HIGH = [30, 125, 195];

/** Return 256 colours, 4 bytes each, from the low colour over the middle to the high one; paler than points are. */
export function ramp(theme, strength = 0.62) {
  const table = new Uint8ClampedArray(1024);
  for (let k = 0; k < 256; k++) {
    const t = (k - 127.5) / 127.5;
    const end = t < 0 ? LOW : HIGH;
    const share = strength * Math.abs(t) ** 0.8;
    for (let c = 0; c < 3; c++) table[4 * k + c] = MIDDLE[theme][c] + share * (end[c] - MIDDLE[theme][c]);
    table[4 * k + 3] = 255;
  }
  return table;
}

/** Return [r, g, b] of "#rrggbb". */
export function rgb(colour) {
  return [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
}

/** Fill RGBA pixels from levels 0 to 255. */
export function paintLevels(pixels, levels, table, hard) {
  for (let k = 0; k < levels.length; k++) {
    const level = 4 * (hard ? (levels[k] > 127 ? 235 : 20) : levels[k]);
    for (let c = 0; c < 4; c++) pixels[4 * k + c] = table[level + c];
  }
}

/** Fill RGBA pixels from classes, paler where the net is less sure. */
export function paintClasses(pixels, classes, sure, count, theme, hard) {
  const colours = CLASSES.map(rgb);
  const middle = MIDDLE[theme];
  for (let k = 0; k < classes.length; k++) {
    const least = 1 / count;
    const share = hard ? 0.6 : 0.08 + (0.5 * Math.max(sure[k] / 255 - least, 0)) / (1 - least);
    const colour = colours[classes[k] % colours.length];
    for (let c = 0; c < 3; c++) pixels[4 * k + c] = middle[c] + share * (colour[c] - middle[c]);
    pixels[4 * k + 3] = 255;
  }
}
