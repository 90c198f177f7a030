//! What to do about a fault, for common stacks: a file of `remedies/` each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to do about some faults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// The name of its file, in kebab-case.
    #[serde(default)]
    pub id: String,
    /// What must hold afterwards, as a fragment without a full stop.
    pub title: String,
    /// The faults that it is for; not told in reports.
    #[serde(default, skip_serializing)]
    pub faults: Vec<String>,
    /// The requirements that it is for; not told in reports.
    #[serde(default, skip_serializing)]
    pub requirements: Vec<String>,
    /// What is easily got wrong, a sentence each.
    pub mind: Vec<String>,
    /// How it is done, by stack.
    #[serde(rename = "fix")]
    pub fixes: Vec<Fix>,
}

/// A few lines of code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// What they are written for.
    pub stack: Stack,
    /// The dialect, the version, or what must be there; null where nothing of the kind matters.
    #[serde(default, rename = "for")]
    pub applies: Option<String>,
    /// The lines, the last one ended.
    pub code: String,
}

/// What a custodian is built with.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Stack {
    /// Plain SQL.
    Sql,
    /// Prisma.
    Prisma,
    /// Mongoose, over MongoDB.
    Mongoose,
    /// Express.
    Express,
    /// Django.
    Django,
    /// Laravel.
    Laravel,
    /// Spring Boot.
    Spring,
}

impl Stack {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Sql,
        Self::Prisma,
        Self::Mongoose,
        Self::Express,
        Self::Django,
        Self::Laravel,
        Self::Spring,
    ];

    /// Its name in files and flags.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Prisma => "prisma",
            Self::Mongoose => "mongoose",
            Self::Express => "express",
            Self::Django => "django",
            Self::Laravel => "laravel",
            Self::Spring => "spring",
        }
    }

    /// Its name as people write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Sql => "SQL",
            Self::Prisma => "Prisma",
            Self::Mongoose => "Mongoose",
            Self::Express => "Express",
            Self::Django => "Django",
            Self::Laravel => "Laravel",
            Self::Spring => "Spring Boot",
        }
    }
}
