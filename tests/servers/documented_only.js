// Takes the documented methods, bare and with a curve, and no other.
const { json, serve } = require('./lib/webhooks.js');

const BARE = ['GDRIVE', 'ICLOUD', 'PASSWORD', 'PASSKEY', 'UNKNOWN'];
const METHODS = new Set(BARE.flatMap((it) => [it, `${it}-SECP256K1`, `${it}-ED25519`]));
const clients = new Map();

async function backup(body, res) {
  const { clientId, share } = body;
  const method = body.backupMethod ?? 'UNKNOWN';
  if (typeof clientId !== 'string' || !clientId) return json(res, 400, { error: 'clientId is required' });
  if (typeof share !== 'string' || !share) return json(res, 400, { error: 'share is required' });
  if (!METHODS.has(method)) return json(res, 422, { error: `backupMethod must be one of ${[...METHODS].join(', ')}` });
  if (!clients.has(clientId)) clients.set(clientId, new Map());
  clients.get(clientId).set(method, share);
  json(res, 200, { success: true });
}

async function fetchShares(body, res) {
  if (typeof body.clientId !== 'string' || !body.clientId) return json(res, 400, { error: 'clientId is required' });
  json(res, 200, { backupShares: [...(clients.get(body.clientId)?.values() ?? [])] });
}

serve({ backup, fetchShares });
