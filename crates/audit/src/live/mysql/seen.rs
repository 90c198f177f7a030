//! Of which tables a part is hidden: MySQL leaves out of its catalogue what a user may not touch, and a key of which only
//! two columns are seen would pass for a key over two.

use super::{Tables, hidden};
use crate::live::sql::Sql;
use crate::live::trouble::Trouble;
use crate::schema::Unread;

/// Notes the tables on which this user has rights for some columns only.
pub(super) async fn read(
    sql: &mut Sql,
    tables: &Tables,
    unread: &mut Vec<Unread>,
) -> Result<(), Trouble> {
    // Whoever is granted the whole table, database or server sees all of it.
    let query = "SELECT DISTINCT CAST(c.TABLE_NAME AS CHAR) FROM information_schema.COLUMN_PRIVILEGES c \
                 WHERE c.TABLE_SCHEMA = DATABASE() \
                 AND NOT EXISTS (SELECT 1 FROM information_schema.TABLE_PRIVILEGES t WHERE t.TABLE_SCHEMA = c.TABLE_SCHEMA \
                 AND t.TABLE_NAME = c.TABLE_NAME AND t.PRIVILEGE_TYPE = 'SELECT') \
                 AND NOT EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES s \
                 WHERE DATABASE() LIKE s.TABLE_SCHEMA AND s.PRIVILEGE_TYPE = 'SELECT') \
                 AND NOT EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES u WHERE u.PRIVILEGE_TYPE = 'SELECT')";
    let mut found = Vec::new();
    sql.each(query, |row| found.push(row.text(0).to_owned()))
        .await?;
    for name in found {
        let known = unread.iter().any(|it| it.names == [name.clone()]);
        if !known && tables.contains_key(&name) {
            unread.push(hidden(&name, "columns and keys"));
        }
    }
    Ok(())
}
