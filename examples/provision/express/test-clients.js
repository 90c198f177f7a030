// A route that makes test clients and takes them away again, for an Express app that runs on staging only:
//
//   import { testClients } from "./test-clients.js";
//   if (process.env.STAGE !== "production") {
//     app.post("/internal/test-clients", express.json(), testClients({ token: process.env.TEST_CLIENTS_TOKEN, users }));
//   }
//
// and then: SHARECHECK_PROVISION_SECRET=… sharecheck run --provision-url https://…/internal/test-clients …
//
// `users` is yours: `create(clientId, { v5Share })` makes a client if it is not there, `remove(clientId)` removes
// it with its shares, if it is there. `remove` must refuse what `create` did not make; here the prefix sees to it.
import { createHash, timingSafeEqual } from "node:crypto";

const PREFIX = "sharecheck-";

export function testClients({ token, users }) {
  if (!token) throw new Error("testClients needs a token");
  return async (request, response) => {
    if (!same(request.get("authorization") ?? "", `Bearer ${token}`)) {
      response.status(401).json({ error: "wrong token" });
      return;
    }
    const { action, kind, idempotencyKey, share } = request.body ?? {};
    if (typeof idempotencyKey !== "string" || idempotencyKey === "") {
      response.status(400).json({ error: "idempotencyKey is missing" });
      return;
    }
    // The key is the id: the same request gives the same client, and a teardown needs nothing else.
    const clientId = PREFIX + idempotencyKey;
    try {
      if (action === "setup") {
        await users.create(clientId, { v5Share: kind === "with-v5-share" ? share : undefined });
      } else if (action === "teardown") {
        await users.remove(clientId);
      } else {
        response.status(400).json({ error: `unknown action ${action}` });
        return;
      }
      response.status(200).json({ clientId });
    } catch (error) {
      console.error(error);
      response.status(500).json({ error: `${action} failed` });
    }
  };
}

// Compares without telling by its time how much of it was right.
function same(given, expected) {
  const digest = (text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
