// The yardstick: Node's socket.io server, which tells all its sockets some 200 bytes now and then, and nothing else.
import { createServer } from "node:http";
import { Server } from "socket.io";

const EVERY_MS = 100;
const FILLER = "x".repeat(130);
const http = createServer();
const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false });
let position = 0;

setInterval(() => {
  position += 1;
  const at = Number(process.hrtime.bigint());
  io.emit("csv_update", { after: position - 1, position, at, events: [FILLER] });
}, EVERY_MS);
http.listen(Number(process.argv[2]), "127.0.0.1");
