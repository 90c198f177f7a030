// The share of a v5 body still comes under the key of v5, beside an array that has the others.
const { json, serve } = require('./lib/webhooks.js');

const clients = new Map();

serve({
  save(clientId, method, share) {
    if (!clients.has(clientId)) clients.set(clientId, new Map());
    clients.get(clientId).set(method, share);
  },
  fetchShares(body, res) {
    if (typeof body.clientId !== 'string' || !body.clientId) return json(res, 400, { error: 'clientId is required' });
    const { UNKNOWN: backupShare, ...others } = Object.fromEntries(clients.get(body.clientId) ?? []);
    return json(res, 200, { backupShare, backupShares: Object.values(others) });
  },
});
