// Nothing is wrong: 204 for a store, 404 for a client without shares, more keys than asked for, newest first.
const http = require('node:http');

const { PORT, SHARECHECK_SECRET } = process.env;

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
