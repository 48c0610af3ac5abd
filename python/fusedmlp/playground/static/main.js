// The page: takes what the server sends, and tells it what the user does.

import { Explorer } from "./activation.js";
import { fromFragment, toFragment } from "./address.js";
import { Chain } from "./chain.js";
import { Changes } from "./changes.js";
import { drawChart } from "./chart.js";
import { buildControls } from "./controls.js";
import { Drawing, Files } from "./data.js";
import { byId } from "./dom.js";
import { joinCurve } from "./frame.js";
import { useKeys, usePicture } from "./keys.js";
import { Network } from "./network.js";
import { short } from "./numbers.js";
import { showConfusion, showHealth, showKey } from "./output.js";
import { clearPicture, paintNeuron, paintOutput, paintPoints } from "./picture.js";
import { showScript } from "./python.js";
import { Race } from "./race.js";
import { connect } from "./socket.js";
import { useTabs } from "./tabs.js";
import { useTheme } from "./theme.js";

// `frame` is drawn; `next` has come and is not drawn yet. `opening`: the address asks for more than the first state has.
let choices, state, frame, next, curve, parts, playing = false, session = "", opening = false, looked = null;
const send = connect(take);
const asked = new Changes((changes) => send("configure", { changes }));
const change = (what) => asked.ask(what);

function take(message) {
  const takers = { welcome, state: setState, frame: setFrame, error: (m) => fail(m.text), closed,
    playing: (m) => setPlaying(m.playing), trace: (m) => parts.chain.show(m),
    activation: (m) => parts.explorer.show(m), script: (m) => showScript(m.text, session, () => send("script")) };
  takers[message.type](message);
}

function welcome(message) {
  choices = message;
  session = message.session;
  const edit = (layer, row, column, value) => send("edit", { layer, row, column, value });
  const network = new Network(choices, change, edit, look);
  parts = {
    network, controls: buildControls(choices, chosen), chain: new Chain(network, send, () => drawPicture()), race: new Race(choices, send),
    explorer: new Explorer(choices, send), files: new Files(choices, setState, fail, change),
    drawing: new Drawing(choices, (points) => change({ dataset: "drawn", points }), () => drawPicture()),
  };
  parts.files.session = session;
  usePicture(choices.limits.half_width, parts.drawing.cursor, touch, drawPicture);
}

/** Show what a neuron gives in place of the net's output; null: the output. */
function look(neuron) {
  looked = neuron;
  drawPicture();
}

function touch(x, y) {
  if (parts.drawing.active) parts.drawing.add(x, y);
  else parts.chain.follow([x, y]);
}

function chosen(changes) {
  if (changes.dataset === "drawn") {
    parts.drawing.open(true);
    if (parts.drawing.ready) change({ dataset: "drawn", points: parts.drawing.points });
    else drawPicture();
  } else change(changes);
}

function setState(message) {
  const old = state;
  state = message;
  hideError();
  asked.answered(state.settings);
  const wanted = old ? {} : fromFragment(location.hash, choices.defaults);
  opening = Object.keys(wanted).length > 0;
  if (opening) change(wanted);
  if (old?.state !== state.state) [frame, curve, looked] = [null, null, null];
  if (state.settings.dataset === "drawn") parts.drawing.points = state.settings.points.map((p) => [...p]);
  parts.drawing.open(state.settings.dataset === "drawn");
  parts.controls(state);
  const drawn = parts.network.arrays;
  parts.network.show(state);
  // While others race, the net stays as it was.
  if (old && (state.lanes.length || old.state === state.state)) parts.network.draw(drawn);
  parts.files.show(state);
  parts.race.build(state.lanes);
  parts.chain.state = state;
  parts.chain.clear();
  showKey(state);
  setPlaying(state.playing);
  history.replaceState(null, "", `#${toFragment(state.settings, choices.defaults)}`);
  if (!byId("script").hidden) send("script");
  if (next) drawSoon();
}

function setPlaying(on) {
  playing = on;
  byId("play").textContent = on ? "❚❚ Pause" : "▶ Train";
  byId("play").setAttribute("aria-pressed", on);
}

function setFrame(message) {
  next = message;
  drawSoon();
}

function drawSoon() {
  requestAnimationFrame(drawFrame);
  // A hidden tab is not drawn, and trains on.
  setTimeout(drawFrame, 500);
}

function drawFrame() {
  // A frame may come before the state that it belongs to: it waits. So does one of the first state while another is asked for.
  if (!next || opening || next.state > state.state) return;
  const came = next;
  next = null;
  send("seen");
  if (came.state !== state.state) return;
  frame = came;
  if (frame.playing !== playing && !frame.playing) setPlaying(false);
  if (frame.lanes) {
    parts.race.draw(frame, state, choices.limits.half_width);
    return facts(frame.lanes[0]);
  }
  curve = joinCurve(curve, frame);
  facts(frame);
  parts.network.draw(frame.arrays);
  drawPicture();
  parts.chain.renew();
  drawCurves();
  showConfusion(frame.confusion, state.classes);
  showHealth(frame);
}

function facts(from) {
  byId("epoch").textContent = from.epoch + (from.batch ? ` + ${from.batch}` : "");
  byId("loss").textContent = short(from.loss);
  byId("test-loss").textContent = short(from.test_loss);
  byId("score").textContent = state.classes.length ? `${(100 * from.test_score).toFixed(1)} %` : short(from.test_score);
  byId("rate").textContent = frame.rate ? short(Math.round(frame.rate)) : "–";
}

function drawCurves() {
  if (!curve) return;
  const style = getComputedStyle(document.documentElement);
  const lines = [{ x: curve.epochs, y: curve.test, colour: style.getPropertyValue("--low") }, { x: curve.epochs, y: curve.loss, colour: style.getPropertyValue("--high") }];
  drawChart(byId("curves"), lines, { log: byId("log").checked });
  byId("curves").setAttribute("aria-label", `Loss curves: train ${short(curve.loss.at(-1))}, test ${short(curve.test.at(-1))} at epoch ${curve.epochs.at(-1)}`);
}

function drawPicture(marked = parts.chain.trace?.point) {
  const canvas = byId("picture");
  const half = choices.limits.half_width;
  const { drawing } = parts;
  const sketch = drawing.active && !(state.settings.dataset === "drawn" && drawing.ready);
  if (sketch || !frame?.arrays || frame.lanes) clearPicture(canvas);
  else if (looked && looked.j < frame.arrays[looked.name]?.shape[0]) paintNeuron(canvas, frame.arrays[looked.name], looked.j);
  else paintOutput(canvas, frame.arrays, "", state.classes.length, byId("hard").checked);
  const points = sketch ? drawing.points : state.points;
  paintPoints(canvas, points, sketch ? { classes: ["0", "1", "2", "3"] } : state, half, { tests: byId("tests").checked, marked });
  if (drawing.active && document.activeElement === canvas) paintPoints(canvas, [], state, half, { marked: drawing.cursor });
}

function fail(text) {
  const box = byId("error");
  box.textContent = text;
  box.hidden = false;
  if (!state || !parts) return;
  parts.controls(state);
  asked.answered(state.settings);
  opening = false;
  if (next) drawSoon();
}

function hideError() {
  byId("error").hidden = true;
}

function closed() {
  fail("The playground has stopped, or too many tabs are open. Start it again, then reload this page.");
  setPlaying(false);
}

const buttons = { play: () => { hideError(); send(playing ? "pause" : "play"); }, "step-batch": () => send("step_batch"), "step-epoch": () => send("step_epoch"), reset: () => send("reset") };
for (const [id, action] of Object.entries(buttons)) byId(id).onclick = action;
for (const id of ["hard", "tests"]) byId(id).onchange = () => drawPicture();
byId("log").onchange = drawCurves;

function redraw() {
  if (!frame || !state) return;
  if (frame.lanes) parts.race.draw(frame, state, choices.limits.half_width);
  else {
    parts.network.draw(frame.arrays);
    drawPicture();
    drawCurves();
  }
  parts.explorer.draw();
}
useTheme(redraw);
useKeys();
addEventListener("resize", redraw);
addEventListener("hashchange", () => {
  const wanted = fromFragment(location.hash, choices.defaults);
  if (toFragment({ ...choices.defaults, ...wanted }, choices.defaults) !== toFragment(state.settings, choices.defaults)) change({ ...choices.defaults, target: state.settings.target, ...wanted });
});
useTabs((name) => {
  if (name === "activation") parts.explorer.ask();
  if (name === "script") send("script");
});
