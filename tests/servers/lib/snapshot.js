// What a server keeps in memory and writes to one file at each change, so that a restart finds it.
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const file = path.join(os.tmpdir(), 'shares.json');

/** What was there, put into this object. */
function restored(into) {
  if (fs.existsSync(file)) Object.assign(into, JSON.parse(fs.readFileSync(file, 'utf8')));
  return into;
}

function keep(all) {
  fs.writeFileSync(`${file}.new`, JSON.stringify(all));
  fs.renameSync(`${file}.new`, file);
}

module.exports = { keep, restored };
