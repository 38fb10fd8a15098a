// A chat of three clients with `ws`, pings and subprotocols included, against an API whose function posts to everybody.
// It checks itself.
import assert from "node:assert/strict";
import { once } from "node:events";
import WebSocket from "ws";

const url = process.env.CHAT_URL;

async function join(name) {
  const socket = new WebSocket(`${url}?name=${name}`, ["chat"]);
  socket.messages = [];
  socket.on("message", (data, isBinary) => {
    assert.equal(isBinary, false);
    socket.messages.push(JSON.parse(data.toString()));
    socket.emit("heard");
  });
  await once(socket, "open");
  assert.equal(socket.protocol, "chat");
  assert.equal(socket.extensions, "");
  return socket;
}

async function hear(socket, count) {
  while (socket.messages.length < count) await once(socket, "heard");
  return socket.messages.splice(0, count);
}

const refused = new WebSocket(url, ["chat"]);
const [request, response] = await once(refused, "unexpected-response");
assert.equal(response.statusCode, 401);
request.destroy();

const sockets = await Promise.all(["ada", "bob", "eve"].map(join));
const [ada, bob] = sockets;
ada.ping();
await once(ada, "pong");
ada.send(JSON.stringify({ action: "say", text: "hello" }));
for (const socket of sockets) assert.deepEqual(await hear(socket, 1), [{ from: "ada", text: "hello" }]);
bob.send(JSON.stringify({ action: "say", text: "x".repeat(20_000) }));
for (const socket of sockets) assert.equal((await hear(socket, 1))[0].text.length, 20_000);
ada.send(JSON.stringify({ action: "leave", who: "bob" }));
const [code] = await once(bob, "close");
assert.equal(code, 1000);
for (const socket of [ada, sockets[2]]) assert.deepEqual(await hear(socket, 1), [{ left: "bob" }]);
ada.close(1000, "done");
assert.deepEqual(await hear(sockets[2], 1), [{ left: "ada" }]);
sockets[2].terminate();
