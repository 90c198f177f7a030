// Clients and methods are keys of plain objects.
const { serve } = require('./lib/webhooks.js');

const store = {};

async function save(clientId, method, share) {
  if (!store[clientId]) store[clientId] = {};
  store[clientId][method] = share;
}

async function find(clientId) {
  return Object.values(store[clientId] || {});
}

serve({ save, find });
