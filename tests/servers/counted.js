// A hundred requests in a quarter of an hour, as rate limiters for Express have it by default.
const { serve, json } = require('./lib/webhooks.js');

const SPAN = 900;
const MOST = 100;
const began = Date.now();
let taken = 0;

const clients = new Map();

async function save(clientId, method, share) {
  if (!clients.has(clientId)) clients.set(clientId, new Map());
  clients.get(clientId).set(method, share);
}

async function find(clientId) {
  return [...(clients.get(clientId)?.values() ?? [])];
}

function limit(req, res) {
  taken += 1;
  const left = Math.ceil(SPAN - (Date.now() - began) / 1000);
  res.setHeader('RateLimit-Policy', `${MOST};w=${SPAN}`);
  res.setHeader('RateLimit-Remaining', String(Math.max(0, MOST - taken)));
  if (taken <= MOST) return true;
  res.setHeader('Retry-After', String(left));
  json(res, 429, { message: 'Too many requests, please try again later.' });
  return false;
}

serve({ save, find, before: limit });
