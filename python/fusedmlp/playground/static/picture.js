// The output of the net over the plane, and the points.

import { CLASSES, paintClasses, paintLevels, ramp } from "./colours.js";
import { theme } from "./dom.js";

const small = document.createElement("canvas");

/** Paint nothing but the ground. */
export function clearPicture(canvas) {
  const pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(canvas).getPropertyValue("--soft");
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

/** Paint picture `j` of an array of neurons' pictures onto a canvas. */
export function paintNeuron(canvas, { shape: [, side], data }, j) {
  paint(canvas, side, (pixels) => paintLevels(pixels, data.subarray(j * side * side, (j + 1) * side * side), ramp(theme()), false));
}

/** Paint the arrays of a frame, whose names end in `end`, onto a canvas; `hard`: classes only. */
export function paintOutput(canvas, arrays, end, classes, hard) {
  const [side] = (arrays[`output${end}`] ?? arrays[`class${end}`]).shape;
  const firm = hard && classes > 0;
  paint(canvas, side, (pixels) => {
    if (arrays[`output${end}`]) paintLevels(pixels, arrays[`output${end}`].data, ramp(theme()), firm);
    else paintClasses(pixels, arrays[`class${end}`].data, arrays[`sure${end}`].data, classes, theme(), firm);
  });
}

function paint(canvas, side, fill) {
  small.width = small.height = side;
  const pen = small.getContext("2d");
  const image = pen.createImageData(side, side);
  fill(image.data);
  pen.putImageData(image, 0, 0);
  const out = canvas.getContext("2d");
  out.imageSmoothingEnabled = true;
  out.drawImage(small, 0, 0, canvas.width, canvas.height);
}

/** Return the colour of a point. */
export function colourOf(value, state) {
  if (state.classes.length) return CLASSES[value % CLASSES.length];
  const [low, high] = state.range;
  const table = ramp("light", 1);
  const k = 4 * Math.round((255 * (value - low)) / Math.max(high - low, 1e-9));
  return `rgb(${table[k]}, ${table[k + 1]}, ${table[k + 2]})`;
}

/** Draw points [x, y, value, is it a test row]. */
export function paintPoints(canvas, points, state, half, { tests = true, marked = null, size = 7 } = {}) {
  const pen = canvas.getContext("2d");
  const place = (v) => ((v + half) / (2 * half)) * canvas.width;
  for (const [x, y, value, test] of points) {
    if (test && !tests) continue;
    pen.beginPath();
    pen.arc(place(x), canvas.height - place(y), test ? size - 1 : size, 0, 7);
    pen.fillStyle = colourOf(value, state);
    pen.fill();
    pen.lineWidth = size * (test ? 0.42 : 0.2);
    pen.strokeStyle = test ? "#222" : "#fff";
    pen.stroke();
  }
  if (marked) {
    pen.beginPath();
    pen.arc(place(marked[0]), canvas.height - place(marked[1]), 16, 0, 7);
    pen.lineWidth = 4;
    pen.strokeStyle = theme() === "dark" ? "#fff" : "#000";
    pen.stroke();
  }
}
