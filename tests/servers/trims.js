// Trims every text of the body, as a schema with `trim: true` does.
const { serve } = require('./lib/webhooks.js');

const clients = new Map();

async function save(clientId, method, share) {
  const id = clientId.trim();
  if (!clients.has(id)) clients.set(id, new Map());
  clients.get(id).set(method.trim(), share.trim());
}

async function find(clientId) {
  return [...(clients.get(clientId.trim())?.values() ?? [])];
}

serve({ save, find });
