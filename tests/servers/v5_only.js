// Has not migrated: one share for each client, and `backupShare` in the answer.
const http = require('node:http');

const { PORT, SHARECHECK_SECRET } = process.env;

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

const parse = (raw) => {
  try {
    const body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
    return body !== null && typeof body === 'object' && !Array.isArray(body) ? body : undefined;
  } catch {
    return undefined;
  }
};

const json = (res, status, body) => {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
};

async function handle(req, res) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  if (req.headers['x-webhook-secret'] !== SHARECHECK_SECRET) return json(res, 401, { error: 'unauthorized' });
  const body = parse(Buffer.concat(chunks));
  if (!body) return json(res, 400, { error: 'invalid body' });
  const route = req.method === 'POST' && { '/backup': backup, '/backup/fetch': fetchShares }[req.url];
  if (!route) return json(res, 404, { error: 'not found' });
  return route(body, res);
}

http
  .createServer((req, res) => handle(req, res).catch(() => json(res, 500, { error: 'internal' })))
  .listen(Number(PORT), '127.0.0.1');
