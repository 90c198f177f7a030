// The client is asked for by a URL that its id is put into as it comes.
const { serve } = require('./lib/webhooks.js');

const clients = new Map();
const at = (clientId) => new URL(`http://vault.internal/clients/id-${clientId}`).pathname;

async function save(clientId, method, share) {
  const path = at(clientId);
  clients.set(path, (clients.get(path) ?? new Map()).set(method, share));
}

async function find(clientId) {
  return [...(clients.get(at(clientId))?.values() ?? [])];
}

serve({ save, find });
