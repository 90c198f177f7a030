//! Other ways to write a schema down: they are named, so that nobody takes them for looked at.

/// The tool whose schema a file is, by its path and the beginning of its text; null where it is none.
pub fn other_orm(path: &str, head: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let extension = name.rsplit('.').next().unwrap_or_default();
    let has = |part: &str| head.contains(part);
    let found = match extension {
        "ts" | "js" | "mts" | "mjs" | "cjs" | "cts" => {
            let table = ["pgTable", "mysqlTable", "sqliteTable", "pgSchema"]
                .into_iter()
                .any(has);
            match () {
                () if has("drizzle-orm") && table => "Drizzle",
                () if has("typeorm")
                    && (has("@Entity") || has("EntitySchema") || has("MigrationInterface")) =>
                {
                    "TypeORM"
                }
                () if has("@mikro-orm") && (has("@Entity") || has("EntitySchema")) => "MikroORM",
                () if has("sequelize")
                    && (has("DataTypes.")
                        || has("createTable")
                        || has("@Table")
                        || has("Model.init")) =>
                {
                    "Sequelize"
                }
                () if has("queryInterface") && has("Sequelize") => "Sequelize",
                () if has("mongoose") && has("Schema(") => "Mongoose",
                () if has("objection") && has("tableName") => "Objection",
                () if has("knex") && has("createTable") => "Knex",
                () if has("exports.up") && has(".schema.") => "Knex",
                () if has("kysely") && has("createTable") => "Kysely",
                () if has("convex/server") && has("defineTable") => "Convex",
                () => return None,
            }
        }
        "py" => match () {
            () if has("django.db") && (has("models.Model") || has("migrations.Migration")) => {
                "Django"
            }
            () if has("from alembic") => "Alembic",
            () if has("sqlalchemy") && (has("__tablename__") || has("Table(")) => "SQLAlchemy",
            () if has("sqlmodel") && has("table=True") => "SQLModel",
            () if has("tortoise") && has("Model)") => "Tortoise",
            () if has("peewee") && has("Model)") => "Peewee",
            () => return None,
        },
        "rb" => match () {
            () if has("ActiveRecord::Schema") || has("ActiveRecord::Migration") => "Rails",
            () if has("Sequel.migration") => "Sequel",
            () => return None,
        },
        "java" | "kt" => match () {
            () if has("persistence.") && has("@Entity") => "Hibernate",
            () if has("org.jetbrains.exposed") && has("Table(") => "Exposed",
            () if has("androidx.room") && has("@Entity") => return None,
            () => return None,
        },
        "cs" => match () {
            () if has("Microsoft.EntityFrameworkCore") => "Entity Framework",
            () => return None,
        },
        "go" => match () {
            () if has("entgo.io/ent") && has("ent.Schema") => "Ent",
            () if has("gorm:\"") || has("gorm.Model") => "GORM",
            () if has("uptrace/bun") && has("bun.BaseModel") => "Bun",
            () => return None,
        },
        "ex" | "exs" => match () {
            () if has("use Ecto.Schema") || has("use Ecto.Migration") => "Ecto",
            () => return None,
        },
        "php" => match () {
            () if has("Illuminate\\Database") && has("Schema::") => "Laravel",
            () if has("Doctrine\\") && (has("ORM\\Entity") || has("AbstractMigration")) => {
                "Doctrine"
            }
            () => return None,
        },
        "rs" => match () {
            () if has("diesel::table!") || has("table! {") => "Diesel",
            () if has("sea_orm") && has("DeriveEntityModel") || has("sea_orm_migration") => {
                "SeaORM"
            }
            () => return None,
        },
        "xml" | "yaml" | "yml" | "json" if has("databaseChangeLog") => "Liquibase",
        "hcl" if has("table \"") && has("schema = schema.") => "Atlas",
        "zmodel" => "ZenStack",
        "dbml" => "DBML",
        "edgeql" | "esdl" | "gel" => "Gel",
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "src/db/schema.ts",
        "import { pgTable } from 'drizzle-orm/pg-core'",
        Some("Drizzle")
    )]
    #[case(
        "src/user.entity.ts",
        "import { Entity } from 'typeorm';\n@Entity()",
        Some("TypeORM")
    )]
    #[case(
        "app/models.py",
        "from django.db import models\nclass A(models.Model):",
        Some("Django")
    )]
    #[case(
        "db/schema.rb",
        "ActiveRecord::Schema[7.1].define(version: 1) do",
        Some("Rails")
    )]
    #[case(
        "model/user.go",
        "type User struct {\n ID uint `gorm:\"primaryKey\"`",
        Some("GORM")
    )]
    #[case("src/index.ts", "import express from 'express'", None)]
    #[case("README", "typeorm @Entity", None)]
    fn tools_are_known_by_their_own_words(
        #[case] path: &str,
        #[case] head: &str,
        #[case] wanted: Option<&str>,
    ) {
        assert_eq!(other_orm(path, head), wanted);
    }
}
