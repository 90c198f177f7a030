// Skips what it has seen before, meant for deliveries that come twice: a text of the same client counts as seen, under
// whatever method, and whatever was stored in between.
const { createHash } = require('node:crypto');
const { serve } = require('./lib/webhooks.js');

const seen = new Set();
const clients = new Map();

serve({
  save(clientId, method, share) {
    const id = createHash('sha256').update(`${clientId}\n${share}`).digest('hex');
    if (seen.has(id)) return;
    seen.add(id);
    if (!clients.has(clientId)) clients.set(clientId, new Map());
    clients.get(clientId).set(method, share);
  },
  find: (clientId) => [...(clients.get(clientId)?.values() ?? [])],
});
