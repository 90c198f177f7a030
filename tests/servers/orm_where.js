// `clientId` goes into the condition of an ORM as it came: an object is an operator.
const { json, serve } = require('./lib/webhooks.js');

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

serve({ save, fetchShares });
