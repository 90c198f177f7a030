//! Tables of shares as they should not be.

/// A broken table of shares.
pub(crate) struct Broken {
    pub(crate) tables: &'static str,
    pub(crate) method: Option<&'static str>,
    pub(crate) created: Option<&'static str>,
    /// What v5 code, or code that is half way, stores before the mend.
    pub(crate) before: &'static str,
    /// What it stores while the mend is half done.
    pub(crate) between: &'static str,
    /// Every share that must be somewhere at the end.
    pub(crate) shares: &'static [&'static str],
}

pub(crate) const ONE_A_USER: Broken = Broken {
    tables: "CREATE TABLE shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL, share {small} NOT NULL, created_at {time});\n\
             CREATE UNIQUE INDEX shares_user ON shares (user_id);\n",
    method: None,
    created: Some("created_at"),
    before: "INSERT INTO shares VALUES ('1', 'u1', 'S1', '2024-01-01'), ('2', 'u2', 'S2', '2024-01-01');",
    between: "INSERT INTO shares (id, user_id, share, created_at) VALUES ('3', 'u3', 'S3', '2024-01-02');",
    shares: &["S1", "S2", "S3"],
};

pub(crate) const ONE_A_USER_INLINE: Broken = Broken {
    tables: "CREATE TABLE shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL UNIQUE, share {text} NOT NULL);\n",
    method: None,
    created: None,
    before: "INSERT INTO shares VALUES ('1', 'u1', 'S1'), ('2', 'u2', 'S2');",
    between: "INSERT INTO shares (id, user_id, share) VALUES ('3', 'u3', 'S3');",
    shares: &["S1", "S2", "S3"],
};

pub(crate) const USER_IS_THE_KEY: Broken = Broken {
    tables: "CREATE TABLE shares (user_id {id} NOT NULL PRIMARY KEY, share {text} NOT NULL, created_at {time});\n",
    method: None,
    created: Some("created_at"),
    before: "INSERT INTO shares VALUES ('u1', 'S1', '2024-01-01'), ('u2', 'S2', '2024-01-01');",
    between: "INSERT INTO shares (user_id, share, created_at) VALUES ('u3', 'S3', '2024-01-02');",
    shares: &["S1", "S2", "S3"],
};

pub(crate) const NO_KEY: Broken = Broken {
    tables: "CREATE TABLE shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL, method varchar(20), share {small} NOT NULL, created_at \
             {time});\n",
    method: Some("method"),
    created: Some("created_at"),
    before: "INSERT INTO shares VALUES ('1', 'u1', NULL, 'S1', '2024-01-01'), ('2', 'u1', NULL, 'S2', '2024-01-02'), ('3', 'u1', 'UNKNOWN', \
             'S3', '2024-01-03'), ('4', 'u1', 'GDRIVE', 'S4', '2024-01-01'), ('5', 'u2', NULL, 'S5', NULL), ('6', 'u2', NULL, 'S6', \
             '2024-01-01');",
    between: "INSERT INTO shares VALUES ('7', 'u1', NULL, 'S7', '2024-02-01'), ('8', 'u3', 'ICLOUD', 'S8', '2024-02-01'), ('9', 'u3', 'ICLOUD', \
              'S9', '2024-02-02'), ('10', 'u3', 'ICLOUD', 'S10', '2024-02-02');",
    shares: &["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10"],
};

pub(crate) const NULLABLE_THIRD: Broken = Broken {
    tables: "CREATE TABLE shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL, method varchar(128) NOT NULL DEFAULT 'UNKNOWN', pair {id}, \
             share {text} NOT NULL, created_at {time} NOT NULL);\nCREATE UNIQUE INDEX shares_all ON shares (user_id, method, pair);\n",
    method: Some("method"),
    created: Some("created_at"),
    before: "INSERT INTO shares VALUES ('1', 'u1', 'GDRIVE', NULL, 'S1', '2024-01-01'), ('2', 'u1', 'GDRIVE', NULL, 'S2', '2024-01-02'), ('3', \
             'u1', 'GDRIVE', 'p', 'S3', '2024-01-03');",
    between: "INSERT INTO shares VALUES ('4', 'u1', 'GDRIVE', 'q', 'S4', '2024-01-04'), ('5', 'u2', 'GDRIVE', 'q', 'S5', '2024-01-04');",
    shares: &["S1", "S2", "S3", "S4", "S5"],
};

pub(crate) const CLOSED_LIST: Broken = Broken {
    tables: "CREATE TABLE shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL, method varchar(128) NOT NULL CHECK (method IN ('GDRIVE', \
             'ICLOUD')), share {text} NOT NULL, created_at {time} NOT NULL, UNIQUE (user_id, method));\n",
    method: Some("method"),
    created: Some("created_at"),
    before: "INSERT INTO shares VALUES ('1', 'u1', 'GDRIVE', 'S1', '2024-01-01'), ('2', 'u1', 'ICLOUD', 'S2', '2024-01-02');",
    between: "INSERT INTO shares VALUES ('3', 'u2', 'GDRIVE', 'S3', '2024-01-04');",
    shares: &["S1", "S2", "S3"],
};

pub(crate) const CLOSED_TYPE: Broken = Broken {
    tables: "CREATE TYPE backup_method AS ENUM ('GDRIVE', 'ICLOUD');\nCREATE TABLE shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL, \
             method backup_method NOT NULL DEFAULT 'GDRIVE', share {text} NOT NULL, created_at {time} NOT NULL);\nALTER TABLE shares ADD \
             CONSTRAINT shares_user UNIQUE (user_id);\n",
    method: Some("method"),
    created: Some("created_at"),
    before: "INSERT INTO shares VALUES ('1', 'u1', 'GDRIVE', 'S1', '2024-01-01'), ('2', 'u2', 'ICLOUD', 'S2', '2024-01-02');",
    between: "INSERT INTO shares VALUES ('3', 'u3', 'GDRIVE', 'S3', '2024-01-04');",
    shares: &["S1", "S2", "S3"],
};
