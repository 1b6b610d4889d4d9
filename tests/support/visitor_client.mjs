// A visitor's page in Node: the official client speaks to the hub and prints what happened as one JSON object.
import { createRequire } from "node:module";

const { io } = createRequire(`${process.env.WIDGET}/package.json`)("socket.io-client");
const { url, site, token, origin } = JSON.parse(process.argv[2]);
const steps = {};

function open(auth) {
  return io(`${url}/visitor`, {
    auth,
    query: { site },
    extraHeaders: { Origin: origin },
    reconnectionDelay: 50,
    reconnectionDelayMax: 100,
  });
}

const once = (target, event) => new Promise((resolve) => target.once(event, resolve));
const ask = (socket, event, data) => socket.timeout(10000).emitWithAck(event, data);

const socket = open({ token });
await once(socket, "connect");
if (socket.io.engine.transport.name !== "websocket") await once(socket.io.engine, "upgrade");
steps.transport = socket.io.engine.transport.name;

const reply = new Promise((resolve) => {
  socket.on("message", (message) => message.direction === "out" && resolve(message));
});
const message = { client_id: "client-0001", parts: [{ type: "text", text: "hello from javascript" }] };
steps.first = await ask(socket, "message", message);
steps.again = await ask(socket, "message", message);
steps.bad = await ask(socket, "message", { client_id: "client-0002" });
steps.reply = await reply;
steps.resumed = await ask(socket, "resume", { last_seq: 0 });

const back = once(socket, "connect");
socket.io.engine.close(); // the line breaks; the client comes back by itself
await back;
steps.reconnected = socket.connected;
steps.missed = await ask(socket, "resume", { last_seq: steps.first.seq });
socket.disconnect();

const stranger = open({ token: "nobody-issued-this" });
steps.refused = String(await once(stranger, "connect_error"));
stranger.disconnect();
console.log(JSON.stringify(steps));
