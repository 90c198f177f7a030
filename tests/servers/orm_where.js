// `clientId` goes into the condition of an ORM as it came: an object is an operator.
const http = require('node:http');

const { PORT, SHARECHECK_SECRET } = process.env;

// What an ORM makes of a condition: an object in place of a value is an operator.
const operators = {
  $ne: (value, other) => value !== other,
  not: (value, other) => value !== other,
  $gt: (value, other) => value > other,
  $gte: (value, other) => value >= other,
  $in: (value, list) => list.includes(value),
  $regex: (value, pattern) => new RegExp(pattern).test(value),
  contains: (value, part) => value.includes(part),
  startsWith: (value, part) => value.startsWith(part),
};
const fits = (value, wanted) => {
  if (wanted === undefined) return true;
  if (wanted === null || typeof wanted !== 'object') return value === wanted;
  return Object.entries(wanted).every(([name, operand]) => {
    if (!operators[name]) throw new Error(`Unknown argument ${name}`);
    return operators[name](value, operand);
  });
};
const where = (condition) => (row) => Object.entries(condition).every(([key, wanted]) => fits(row[key], wanted));
let rows = [];

async function save(clientId, method, share) {
  const row = rows.find(where({ clientId, method }));
  if (row) row.share = share;
  else rows.push({ clientId, method, share });
}

async function fetchShares(body, res) {
  if (!body.clientId) return json(res, 400, { error: 'clientId is required' });
  const found = rows.filter(where({ clientId: body.clientId }));
  json(res, 200, { backupShares: found.map((row) => row.share) });
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
