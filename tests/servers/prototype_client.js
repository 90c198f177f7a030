// Clients are keys of a plain object: what is stored for `__proto__` is on every object of the process.
const { serve } = require('./lib/webhooks.js');
const { keep, restored } = require('./lib/snapshot.js');

const clients = restored({});

async function save(clientId, method, share) {
  clients[clientId] ??= {};
  clients[clientId][`method:${method}`] = share;
  keep(clients);
}

async function find(clientId) {
  const shares = [];
  for (const key in clients[clientId] ?? {}) {
    if (key.startsWith('method:')) shares.push(clients[clientId][key]);
  }
  return shares;
}

serve({ save, find });
