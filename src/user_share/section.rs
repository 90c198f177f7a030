//! The table `[user-share]` of `sharecheck.toml`, or what a profile says in its place, key by key.

use super::answer::Location;
use super::reading::{Mistake, Reading};
use super::request::{self, Request};
use super::template::Placeholder;
use super::{Endpoints, ToldBy};
use std::ops::Range;
use toml::Spanned;
use toml::de::DeValue;

/// The table's name.
pub const SECTION: &str = "user-share";

/// What a file says of the two endpoints, which may be a part of it.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// The base URL with its place, if there is one.
    pub url: Option<(String, Range<usize>)>,
    told_by: Option<ToldBy>,
    store: Option<(Request, Range<usize>)>,
    fetch: Option<(Request, Location, Range<usize>)>,
    span: Range<usize>,
}

impl Section {
    /// Reads the table, which stands in this text.
    pub fn read(source: &str, value: &Spanned<DeValue<'_>>) -> Result<Self, Mistake> {
        let table = Reading::new(source, SECTION, value)?;
        table.only(&["url", "told-by", "store", "fetch"])?;
        let url = table.text("url")?;
        let mut section = Self {
            url: url.map(|(text, span)| (text.to_owned(), span)),
            told_by: told_by(&table)?,
            span: table.span.clone(),
            ..Self::default()
        };
        if let Some(value) = table.value("store") {
            let table = Reading::new(source, "user-share.store", value)?;
            table.only(&request::KEYS)?;
            section.store = Some((store(&table)?, value.span()));
        }
        if let Some(value) = table.value("fetch") {
            let table = Reading::new(source, "user-share.fetch", value)?;
            let known = [&request::KEYS[..], &["answer", "none"]].concat();
            table.only(&known)?;
            let location = Location::new(&table)?;
            section.fetch = Some((fetch(&table)?, location, value.span()));
        }
        Ok(section)
    }

    /// What this says, and for the rest what stands below it.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            url: self.url.or(below.url),
            told_by: self.told_by.or(below.told_by),
            store: self.store.or(below.store),
            fetch: self.fetch.or(below.fetch),
            span: self.span,
        }
    }

    /// The requests that it holds, in words, each with its place.
    pub fn rows(&self) -> Vec<(&'static str, String, Range<usize>)> {
        let store = self.store.iter();
        let store = store.map(|(it, span)| ("user-share.store", it.to_string(), span.clone()));
        let fetch = self.fetch.iter();
        let fetch = fetch.map(|(it, _, span)| ("user-share.fetch", it.to_string(), span.clone()));
        store.chain(fetch).collect()
    }

    /// Both endpoints; the mistake says which one is missing.
    pub fn endpoints(self) -> Result<Endpoints, Mistake> {
        let missing = |name: &str| {
            let message =
                format!("[{SECTION}] tells one of the two endpoints: there is no `{name}`");
            let help = format!("add [user-share.{name}]; sharecheck init writes an example");
            Mistake::new(self.span.clone(), message, &help)
        };
        let (store, _) = self.store.ok_or_else(|| missing("store"))?;
        let (fetch, location, _) = self.fetch.ok_or_else(|| missing("fetch"))?;
        Ok(Endpoints {
            told_by: self.told_by.unwrap_or_default(),
            store,
            fetch,
            location,
        })
    }
}

fn told_by(table: &Reading<'_>) -> Result<Option<ToldBy>, Mistake> {
    match table.text("told-by")? {
        None => Ok(None),
        Some(("backend", _)) => Ok(Some(ToldBy::Backend)),
        Some(("app", _)) => Ok(Some(ToldBy::App)),
        Some((_, span)) => {
            let help = "the one that tells Portal that the user share was stored";
            Err(Mistake::new(
                span,
                "`told-by` is \"backend\" or \"app\"",
                help,
            ))
        }
    }
}

fn store(table: &Reading<'_>) -> Result<Request, Mistake> {
    let request = Request::new(table)?;
    needs(
        table,
        &request,
        Placeholder::CipherText,
        "the text to be kept",
    )?;
    needs(table, &request, Placeholder::Method, "the backup method")?;
    needs_somebody(table, &request)?;
    Ok(request)
}

fn fetch(table: &Reading<'_>) -> Result<Request, Mistake> {
    let request = Request::new(table)?;
    needs(table, &request, Placeholder::Method, "the backup method")?;
    needs_somebody(table, &request)?;
    if request.holds(Placeholder::CipherText) {
        let message = "[user-share.fetch] holds {cipher_text}, which is what it asks for";
        return Err(Mistake::new(table.span.clone(), message, ""));
    }
    Ok(request)
}

fn needs(
    table: &Reading<'_>,
    request: &Request,
    placeholder: Placeholder,
    what: &str,
) -> Result<(), Mistake> {
    if request.holds(placeholder) {
        return Ok(());
    }
    let message = format!("[{}] does not say where {what} goes", table.name);
    let help = format!(
        "write {{{}}} in the path, the headers or the body",
        placeholder.name()
    );
    Err(Mistake::new(table.span.clone(), message, &help))
}

fn needs_somebody(table: &Reading<'_>, request: &Request) -> Result<(), Mistake> {
    let somebody = [Placeholder::ClientId, Placeholder::User, Placeholder::Token];
    if somebody.into_iter().any(|it| request.holds(it)) {
        return Ok(());
    }
    let message = format!("[{}] does not say whose user share is meant", table.name);
    let help = "write {client_id}, {user} or {token} in the path, the headers or the body";
    Err(Mistake::new(table.span.clone(), message, help))
}
