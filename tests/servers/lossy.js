// Answers first and writes without looking at what comes of it: one write in forty fails.
const { serve } = require('./lib/webhooks.js');

const clients = new Map();
let seed = 7;

function fails() {
  seed = (seed * 48271) % 2147483647;
  return seed % 40 === 0;
}

async function save(clientId, method, share) {
  if (fails()) return;
  if (!clients.has(clientId)) clients.set(clientId, new Map());
  clients.get(clientId).set(method, share);
}

async function find(clientId) {
  return [...(clients.get(clientId)?.values() ?? [])];
}

serve({ save, find });
