// One JSON file for each client, read, changed and written back whole.
const crypto = require('node:crypto');
const fs = require('node:fs/promises');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const { PORT, SHARECHECK_SECRET } = process.env;

const folder = fs.mkdtemp(path.join(os.tmpdir(), 'shares-'));
const fileOf = async (clientId) => path.join(await folder, crypto.createHash('sha256').update(clientId).digest('hex'));
const load = async (file) => {
  try {
    return new Map(JSON.parse(await fs.readFile(file, 'utf8')));
  } catch (error) {
    if (error.code === 'ENOENT') return new Map();
    throw error;
  }
};

async function save(clientId, method, share) {
  const file = await fileOf(clientId);
  const shares = await load(file);
  shares.set(method, share);
  const draft = `${file}.${crypto.randomUUID()}`;
  await fs.writeFile(draft, JSON.stringify([...shares]));
  await fs.rename(draft, file);
}

async function find(clientId) {
  return [...(await load(await fileOf(clientId))).values()];
}

async function backup(body, res) {
  const { clientId, share } = body;
  const method = body.backupMethod ?? 'UNKNOWN';
  if (typeof clientId !== 'string' || !clientId) return json(res, 400, { error: 'clientId is required' });
  if (typeof share !== 'string' || !share) return json(res, 400, { error: 'share is required' });
  if (typeof method !== 'string' || !method) return json(res, 400, { error: 'backupMethod must be a string' });
  await save(clientId, method, share);
  json(res, 200, { success: true });
}

async function fetchShares(body, res) {
  if (typeof body.clientId !== 'string' || !body.clientId) return json(res, 400, { error: 'clientId is required' });
  json(res, 200, { backupShares: await find(body.clientId) });
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
