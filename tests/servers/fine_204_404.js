// Nothing is wrong: 204 for a store, 404 for a client without shares, more keys than asked for, newest first.
const { json, serve } = require('./lib/webhooks.js');

const clients = new Map();

async function backup(body, res) {
  const { clientId, share, backupMethod } = body;
  const method = backupMethod ?? 'UNKNOWN';
  if (typeof clientId !== 'string' || !clientId) return json(res, 422, { message: ['clientId should not be empty'], statusCode: 422 });
  if (typeof share !== 'string' || !share) return json(res, 422, { message: ['share should not be empty'], statusCode: 422 });
  if (typeof method !== 'string' || !method) return json(res, 422, { message: ['backupMethod must be a string'], statusCode: 422 });
  if (!clients.has(clientId)) clients.set(clientId, new Map());
  clients.get(clientId).set(method, { share, updatedAt: new Date() });
  res.writeHead(204).end();
}

async function fetchShares({ clientId }, res) {
  if (typeof clientId !== 'string' || !clientId) return json(res, 422, { message: ['clientId should not be empty'], statusCode: 422 });
  const rows = clients.get(clientId);
  if (!rows) return json(res, 404, { message: 'client not found', statusCode: 404 });
  const newest = [...rows].reverse();
  json(res, 200, {
    clientId,
    count: newest.length,
    backupShares: newest.map(([, row]) => row.share),
    methods: newest.map(([method, row]) => ({ method, updatedAt: row.updatedAt })),
  });
}

serve({ backup, fetchShares });
