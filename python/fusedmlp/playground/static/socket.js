// The line to the server: texts there, texts and frames back.

import { decodeFrame } from "./frame.js";

/** Connect; `take(message)` gets everything, frames decoded. Returns `send(message)`. */
export function connect(take) {
  const address = new URL("socket", location.href.split("#")[0]);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => take(typeof data === "string" ? JSON.parse(data) : decodeFrame(data));
  socket.onclose = () => take({ type: "closed" });
  return (type, fields = {}) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, ...fields }));
  };
}
