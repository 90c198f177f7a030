// The id of a store goes into the SQL as the driver escapes it: an object is a comparison of columns.
const { json, serve } = require('./lib/webhooks.js');

const rows = [];

// What the driver for MySQL makes of a value: an object becomes "`key` = value" behind the "=" that is there already.
const equals = (row, column, value) => {
  if (Array.isArray(value)) {
    if (value.length !== 1) throw new Error('You have an error in your SQL syntax');
    return equals(row, column, value[0]);
  }
  if (value === null || typeof value !== 'object') return row[column] === value;
  const [[key, operand], ...more] = [...Object.entries(value), ['']];
  if (more.length !== 1 || !(key in row)) throw new Error(`Unknown column '${key}' in 'where clause'`);
  return Number(row[column] === row[key]) === Number(operand);
};

async function backup(body, res) {
  const { clientId, share, backupMethod: method = 'UNKNOWN' } = body;
  if (!clientId) return json(res, 400, { error: 'clientId is required' });
  if (typeof share !== 'string' || !share) return json(res, 400, { error: 'share is required' });
  if (typeof method !== 'string' || !method) return json(res, 400, { error: 'backupMethod must be a string' });
  const found = rows.filter((row) => row.method === method && equals(row, 'clientId', clientId));
  for (const row of found) row.share = share;
  if (!found.length) rows.push({ clientId: String(clientId), method, share });
  json(res, 200, { success: true });
}

async function find(clientId) {
  return rows.filter((row) => row.clientId === clientId).map((row) => row.share);
}

serve({ backup, find });
