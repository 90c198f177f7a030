//! The words that a name in a database is made of.

/// The words of a name in lower case, each in the singular: `CustodianBackupShares` and `custodian_backup_share` are both
/// `custodian`, `backup`, `share`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        // `clientID` parts before the capitals, `APIKey` before the last of them.
        let begins = letter.is_uppercase()
            && (before.is_some_and(|it| it.is_lowercase() || it.is_numeric())
                || before.is_some_and(char::is_uppercase)
                    && after.is_some_and(|it| it.is_lowercase()));
        if begins {
            words.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase());
    }
    words.push(word);
    words.retain(|it| !it.is_empty());
    let parted = words.iter().flat_map(|word| joined(word));
    parted.map(singular).collect()
}

/// Names that are written as one word, by what they are made of.
fn joined(word: &str) -> Vec<&str> {
    match word {
        "ciphertext" | "ciphertexts" => vec!["cipher", "text"],
        "backupshare" | "backupshares" => vec!["backup", "share"],
        "custodianshare" | "custodianshares" => vec!["custodian", "share"],
        "custodianbackupshare" | "custodianbackupshares" => vec!["custodian", "backup", "share"],
        "userbackupshare" | "userbackupshares" => vec!["user", "backup", "share"],
        "clientbackupshare" | "clientbackupshares" => vec!["client", "backup", "share"],
        "backupmethod" => vec!["backup", "method"],
        "clientid" => vec!["client", "id"],
        "clientapikey" => vec!["client", "api", "key"],
        "userid" => vec!["user", "id"],
        "createdat" => vec!["created", "at"],
        "updatedat" => vec!["updated", "at"],
        other => vec![other],
    }
}

fn singular(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        Some(_) | None => word.to_owned(),
    }
}

/// Whether all of these words are among those of a name.
pub(super) fn has(words: &[String], all: &[&str]) -> bool {
    all.iter().all(|it| words.iter().any(|word| word == it))
}

/// Whether any of these words is among those of a name.
pub(super) fn has_any(words: &[String], any: &[&str]) -> bool {
    any.iter().any(|it| has(words, &[it]))
}
