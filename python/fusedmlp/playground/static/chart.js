// Line charts on a canvas.

import { extent, short, ticks } from "./numbers.js";

/** Draw lines: [{x, y, colour, dash, width}]; `shade` is a list of [from, to] along x. */
export function drawChart(canvas, lines, { log = false, zero = true, shade = [] } = {}) {
  const scale = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(canvas);
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const across = extent(lines.map((l) => l.x));
  const up = extent(lines.map((l) => l.y), log);
  if (!across || !up) return;
  let [low, high] = up;
  if (log) [low, high] = [Math.log10(low), Math.log10(high)];
  else if (zero) low = Math.min(low, 0);
  if (high - low < 1e-9) [low, high] = [low - (log ? 0.5 : 0.1), high + (log ? 0.5 : 0.1)];
  const left = 46, right = width - 8, top = 8, bottom = height - 20;
  const px = (x) => left + ((x - across[0]) / Math.max(across[1] - across[0], 1e-9)) * (right - left);
  const py = (y) => bottom - ((log ? Math.log10(y) : y) - low) / (high - low) * (bottom - top);
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = style.getPropertyValue("--soft");
  for (const [from, to] of shade) pen.fillRect(px(from), top, px(to) - px(from), bottom - top);
  pen.fillStyle = style.getPropertyValue("--quiet");
  pen.strokeStyle = style.getPropertyValue("--line");
  pen.lineWidth = 1;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  const levels = log && high - low < 1 ? [low, high] : ticks(low, high, 4);
  for (const t of levels) {
    const y = bottom - ((t - low) / (high - low)) * (bottom - top);
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(right, y);
    pen.stroke();
    pen.fillText(short(log ? 10 ** t : t), left - 5, y);
  }
  pen.textAlign = "center";
  for (const t of ticks(across[0], across[1], Math.max(2, Math.floor(width / 120)))) pen.fillText(short(t), Math.min(px(t), right - 12), bottom + 11);
  pen.lineJoin = "round";
  for (const line of lines) {
    pen.strokeStyle = line.colour;
    pen.lineWidth = line.width ?? 2;
    pen.setLineDash(line.dash ?? []);
    pen.beginPath();
    let down = false;
    for (let k = 0; k < line.x.length; k++) {
      const y = line.y[k];
      if (y === null || !Number.isFinite(y) || (log && y <= 0)) {
        down = false;
        continue;
      }
      if (down) pen.lineTo(px(line.x[k]), py(y));
      else pen.moveTo(px(line.x[k]), py(y));
      down = true;
    }
    pen.stroke();
  }
  pen.setLineDash([]);
}
