// Both webhooks, as the servers beside this folder share them; what they keep shares in is their own.
const http = require('node:http');

const { PORT, SHARECHECK_SECRET } = process.env;

const json = (res, status, body) => {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
};

const parse = (raw) => {
  try {
    const body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
    return body !== null && typeof body === 'object' && !Array.isArray(body) ? body : undefined;
  } catch {
    return undefined;
  }
};

const storing = (save) => async (body, res) => {
  const { clientId, share } = body;
  const method = body.backupMethod ?? 'UNKNOWN';
  if (typeof clientId !== 'string' || !clientId) return json(res, 400, { error: 'clientId is required' });
  if (typeof share !== 'string' || !share) return json(res, 400, { error: 'share is required' });
  if (typeof method !== 'string' || !method) return json(res, 400, { error: 'backupMethod must be a string' });
  await save(clientId, method, share);
  json(res, 200, { success: true });
};

const fetching = (find) => async (body, res) => {
  if (typeof body.clientId !== 'string' || !body.clientId) return json(res, 400, { error: 'clientId is required' });
  json(res, 200, { backupShares: await find(body.clientId) });
};

async function handle(routes, req, res) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  if (req.headers['x-webhook-secret'] !== SHARECHECK_SECRET) return json(res, 401, { error: 'unauthorized' });
  const body = parse(Buffer.concat(chunks));
  if (!body) return json(res, 400, { error: 'invalid body' });
  const route = req.method === 'POST' && routes[req.url];
  if (!route) return json(res, 404, { error: 'not found' });
  return route(body, res);
}

/**
 * Serves what `save(client, method, share)` keeps and `find(client)` gives, or a handler of its own for either webhook.
 * `before(req, res)` says whether a request is let in.
 */
function serve({ save, find, backup = storing(save), fetchShares = fetching(find), before = () => true }) {
  const routes = { '/backup': backup, '/backup/fetch': fetchShares };
  http
    .createServer((req, res) => before(req, res) && handle(routes, req, res).catch(() => json(res, 500, { error: 'internal' })))
    .listen(Number(PORT), '127.0.0.1');
}

module.exports = { json, serve };
