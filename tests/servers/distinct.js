// Answers each text once, also where two methods hold the same.
const { serve } = require('./lib/webhooks.js');

const clients = new Map();

serve({
  save(clientId, method, share) {
    if (!clients.has(clientId)) clients.set(clientId, new Map());
    clients.get(clientId).set(method, share);
  },
  find: (clientId) => [...new Set(clients.get(clientId)?.values() ?? [])],
});
