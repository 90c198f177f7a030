// Answers at once and writes 20 ms later.
const { serve } = require('./lib/webhooks.js');

const clients = new Map();

function save(clientId, method, share) {
  setTimeout(() => {
    if (!clients.has(clientId)) clients.set(clientId, new Map());
    clients.get(clientId).set(method, share);
  }, 20);
}

async function find(clientId) {
  return [...(clients.get(clientId)?.values() ?? [])];
}

serve({ save, find });
