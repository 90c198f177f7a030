// Each of three workers caches what it has read; a store clears the cache of its own worker only.
const { serve } = require('./lib/webhooks.js');

const table = new Map();
const caches = [new Map(), new Map(), new Map()];
const worker = () => caches[Math.floor(Math.random() * caches.length)];

async function save(clientId, method, share) {
  if (!table.has(clientId)) table.set(clientId, new Map());
  table.get(clientId).set(method, share);
  worker().delete(clientId);
}

async function find(clientId) {
  const cache = worker();
  if (!cache.has(clientId)) cache.set(clientId, [...(table.get(clientId)?.values() ?? [])]);
  return cache.get(clientId);
}

serve({ save, find });
