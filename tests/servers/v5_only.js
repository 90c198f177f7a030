// Has not migrated: one share for each client, and `backupShare` in the answer.
const { json, serve } = require('./lib/webhooks.js');

const shares = new Map();

async function backup({ clientId, share }, res) {
  if (typeof clientId !== 'string' || !clientId) return json(res, 400, { error: 'clientId is required' });
  if (typeof share !== 'string' || !share) return json(res, 400, { error: 'share is required' });
  shares.set(clientId, share);
  json(res, 200, { success: true });
}

async function fetchShares({ clientId }, res) {
  if (typeof clientId !== 'string' || !clientId) return json(res, 400, { error: 'clientId is required' });
  if (!shares.has(clientId)) return json(res, 404, { error: 'client not found' });
  json(res, 200, { backupShare: shares.get(clientId) });
}

serve({ backup, fetchShares });
