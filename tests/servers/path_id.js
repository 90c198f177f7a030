// A folder for each client and a file for each method; the id goes into the path as it comes.
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const { PORT, SHARECHECK_SECRET } = process.env;

const root = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'shares-')), 'data', 'clients');

async function save(clientId, method, share) {
  const folder = path.join(root, clientId);
  await fs.promises.mkdir(folder, { recursive: true });
  const file = path.join(folder, `${encodeURIComponent(method)}.share`);
  const draft = `${file}.${Math.random()}.tmp`;
  await fs.promises.writeFile(draft, share);
  await fs.promises.rename(draft, file);
}

async function find(clientId) {
  const folder = path.join(root, clientId);
  if (!fs.existsSync(folder)) return [];
  const files = fs.readdirSync(folder).filter((name) => name.endsWith('.share'));
  return files.map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
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
