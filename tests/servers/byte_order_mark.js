// Writes a byte-order mark before each answer of the fetch.
const { serve } = require('./lib/webhooks.js');

const clients = new Map();

async function save(clientId, method, share) {
  if (!clients.has(clientId)) clients.set(clientId, new Map());
  clients.get(clientId).set(method, share);
}

async function fetchShares(body, res) {
  const shares = [...(clients.get(body.clientId)?.values() ?? [])];
  res.writeHead(typeof body.clientId === 'string' && body.clientId ? 200 : 400, { 'Content-Type': 'application/json' });
  res.end(`\ufeff${JSON.stringify({ backupShares: shares })}`);
}

serve({ save, fetchShares });
