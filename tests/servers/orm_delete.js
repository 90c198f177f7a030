// A method that is an object reaches the delete of an ORM as an operator; the insert takes its text.
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

async function backup(body, res) {
  const { clientId, share, backupMethod = 'UNKNOWN' } = body;
  if (typeof clientId !== 'string' || !clientId) return json(res, 400, { error: 'clientId is required' });
  if (typeof share !== 'string' || !share) return json(res, 400, { error: 'share is required' });
  if (!backupMethod) return json(res, 400, { error: 'backupMethod is required' });
  const gone = where({ clientId, method: backupMethod });
  rows = rows.filter((row) => !gone(row));
  rows.push({ clientId, method: String(backupMethod), share });
  json(res, 201, { success: true });
}

async function find(clientId) {
  return rows.filter(where({ clientId })).map((row) => row.share);
}

serve({ backup, find });
