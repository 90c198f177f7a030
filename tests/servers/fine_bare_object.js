// Clients and methods are keys of objects without a prototype.
const { serve } = require('./lib/webhooks.js');
const { keep, restored } = require('./lib/snapshot.js');

const bare = () => Object.create(null);
const clients = bare();
for (const [clientId, own] of Object.entries(restored(bare()))) clients[clientId] = Object.assign(bare(), own);

async function save(clientId, method, share) {
  clients[clientId] ??= bare();
  clients[clientId][method] = share;
  keep(clients);
}

async function find(clientId) {
  return Object.values(clients[clientId] ?? {});
}

serve({ save, find });
