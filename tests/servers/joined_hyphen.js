// Client and method are one key with a hyphen in it; which methods a client has is kept apart.
const { serve } = require('./lib/webhooks.js');

const shares = new Map();
const methods = new Map();

async function save(clientId, method, share) {
  shares.set(`${clientId}-${method}`, share);
  methods.set(clientId, (methods.get(clientId) ?? new Set()).add(method));
}

async function find(clientId) {
  return [...(methods.get(clientId) ?? [])].map((method) => shares.get(`${clientId}-${method}`));
}

serve({ save, find });
