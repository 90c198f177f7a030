//! The template of one request: read from the file, and with values.

use super::json::Json;
use super::params::{Params, form, percent, xml};
use super::reading::{Mistake, Reading, text};
use super::template::{Filled, Placeholder, Template, Values};
use crate::contract::body::SECRET_HEADER;
use crate::http::{self, Method};
use std::ops::Range;
use toml::de::DeValue;

/// The keys that both requests have.
pub(super) const KEYS: [&str; 5] = ["method", "path", "headers", "body", "content-type"];

const METHODS: [(&str, Method); 5] = [
    ("GET", Method::GET),
    ("POST", Method::POST),
    ("PUT", Method::PUT),
    ("PATCH", Method::PATCH),
    ("DELETE", Method::DELETE),
];

/// Headers that follow from the connection.
const NOT_YOURS: [&str; 5] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
];

/// Headers that hold a credential and nothing else.
const CREDENTIALS: [&str; 4] = [
    "authorization",
    "cookie",
    "x-api-key",
    "proxy-authorization",
];

/// A request with placeholders.
#[derive(Clone, Debug)]
pub(super) struct Request {
    method: Method,
    /// The path as it stands in the file.
    written: String,
    path: Template,
    query: Option<Params>,
    headers: Vec<(String, Template)>,
    content_type: String,
    body: Body,
}

/// What a request's body is made of.
#[derive(Clone, Debug)]
enum Body {
    Nothing,
    Json(Json),
    Form(Params),
    Text(Template, fn(&str) -> String),
}

/// A request, ready to be sent or to be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL, with the query.
    pub path: String,
    /// The headers besides the content type.
    pub headers: Vec<(String, String)>,
    /// The content type; empty where there is no body.
    pub content_type: String,
    /// The body.
    pub body: String,
}

impl std::fmt::Display for Message {
    /// In one line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (name, value) in &self.headers {
            write!(f, " · {name}: {value}")?;
        }
        if !self.content_type.is_empty() {
            write!(f, " · {}", self.content_type)?;
        }
        if !self.body.is_empty() {
            write!(f, " · {}", self.body)?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Request {
    /// The method and the path, as they stand in the file.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.written)
    }
}

impl Request {
    /// Reads the table of a request.
    pub(super) fn new(table: &Reading<'_>) -> Result<Self, Mistake> {
        let (name, span) = table.needed("method", "write method = \"PUT\", or what it is")?;
        let method = method(name, span)?;
        let (path, query) = path(table)?;
        let mut headers = headers(table)?;
        let at = headers
            .iter()
            .position(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let in_header = at.map(|at| headers.remove(at).1.marked());
        let (body, content_type) = body(table, in_header)?;
        if let (&Method::GET, Some(body)) = (&method, table.value("body")) {
            return Err(Mistake::new(body.span(), "a GET has no body", ""));
        }
        let (written, _) = table.needed("path", "")?;
        Ok(Self {
            method,
            written: written.to_owned(),
            path,
            query,
            headers,
            content_type,
            body,
        })
    }

    /// All templates in it.
    fn templates(&self) -> Vec<&Template> {
        let body = match &self.body {
            Body::Nothing => Vec::new(),
            Body::Json(json) => json.templates(),
            Body::Form(params) => params.templates().collect(),
            Body::Text(template, _) => vec![template],
        };
        let query = self.query.iter().flat_map(Params::templates);
        let headers = self.headers.iter().map(|(_, value)| value);
        std::iter::once(&self.path)
            .chain(query)
            .chain(headers)
            .chain(body)
            .collect()
    }

    /// What stands in its headers besides placeholders, by their names.
    pub(super) fn literal_headers(&self) -> impl Iterator<Item = (String, String)> {
        let all = self.headers.iter();
        all.flat_map(|(name, value)| value.literals().map(|it| (name.clone(), it.to_owned())))
    }

    /// Whether a placeholder stands anywhere in it.
    pub(super) fn holds(&self, placeholder: Placeholder) -> bool {
        self.templates().iter().any(|it| it.holds(placeholder))
    }

    /// Whether a placeholder stands only where what holds it can be left out: it is the whole value of a key, of a
    /// parameter or of a header.
    pub(super) fn can_do_without(&self, placeholder: Placeholder) -> bool {
        let body = match &self.body {
            Body::Nothing => true,
            Body::Json(json) => json.can_do_without(placeholder),
            Body::Form(params) => params.can_do_without(placeholder),
            Body::Text(template, _) => !template.holds(placeholder),
        };
        let mut query = self.query.iter();
        let mut headers = self.headers.iter();
        body && !self.path.holds(placeholder)
            && query.all(|it| it.can_do_without(placeholder))
            && headers.all(|(_, it)| it.is(placeholder) || !it.holds(placeholder))
    }

    /// With values; nothing where it cannot say that.
    pub(super) fn filled(&self, values: &Values<'_>) -> Option<Message> {
        let mut path = self.path.filled(values, percent).text().ok()??;
        // Whoever sends a URL takes such a step, however it is escaped.
        let step =
            |part: &str| [".", ".."].contains(&part.to_lowercase().replace("%2e", ".").as_str());
        if path.split('/').any(step) {
            return None;
        }
        if let Some(query) = &self.query {
            let query = query.filled(values, percent)?;
            if !query.is_empty() {
                path = format!("{path}?{query}");
            }
        }
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            if let Some(value) = value.filled(values, str::to_owned).text().ok()? {
                http::header(name, &value).ok()?;
                headers.push((name.clone(), value));
            }
        }
        let body = match &self.body {
            Body::Nothing => String::new(),
            Body::Json(json) => json.filled(values).value()?.to_string(),
            Body::Form(params) => params.filled(values, form)?,
            Body::Text(template, escape) => match template.filled(values, *escape) {
                // A body that is left out and one that is empty are the same: it is said once.
                Filled::LeftOut => return None,
                filled @ (Filled::Text(_) | Filled::Value(_) | Filled::Cannot) => {
                    filled.text().ok()??
                }
            },
        };
        Some(Message {
            method: self.method.clone(),
            path,
            headers,
            content_type: self.content_type.clone(),
            body,
        })
    }
}

fn method(text: &str, span: Range<usize>) -> Result<Method, Mistake> {
    let known = METHODS.iter().find(|(name, _)| *name == text);
    known.map(|(_, method)| method.clone()).ok_or_else(|| {
        let upper = text.to_uppercase();
        let near = METHODS.iter().find(|(name, _)| *name == upper);
        let help = near.map_or_else(
            || "it is GET, POST, PUT, PATCH or DELETE".to_owned(),
            |(name, _)| format!("did you mean `{name}`?"),
        );
        Mistake::new(
            span,
            format!("`{text}` is no method that can be sent"),
            &help,
        )
    })
}

fn path(table: &Reading<'_>) -> Result<(Template, Option<Params>), Mistake> {
    let (text, span) = table.needed(
        "path",
        "write path = \"/users/{user}/backup-share\", or what it is",
    )?;
    let wrong = |message: &str, help: &str| Err(Mistake::new(span.clone(), message, help));
    if !text.starts_with('/') {
        let help = "the host stands in `url`, or is the custodian's";
        return wrong("`path` must begin with /", help);
    }
    if text.contains('#') {
        return wrong(
            "`path` holds a #, which no server sees",
            "as a character it is %23",
        );
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return wrong("`path` holds white space", "as a character it is %20");
    }
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    let query = query.map(Params::new).transpose();
    let query = query.map_err(|wrong| table.wrong(span.clone(), wrong))?;
    Ok((table.template(path, &span)?, query))
}

fn headers(table: &Reading<'_>) -> Result<Vec<(String, Template)>, Mistake> {
    let Some(value) = table.value("headers") else {
        return Ok(Vec::new());
    };
    let name = format!("{}.headers", table.name);
    let inner = Reading::new(table.source, &name, value)?;
    let each = inner.table.iter().map(|(key, value)| {
        let name = key.get_ref().as_ref();
        let (text, span) = text(name, value)?;
        // Whatever stands beside a placeholder here may be a secret: the name is shown alone.
        let template = inner.template(text, &span).map_err(|mistake| Mistake {
            span: key.span(),
            hidden: true,
            ..mistake
        })?;
        let wrong = |message: String, help: &str| Mistake {
            hidden: true,
            ..Mistake::new(key.span(), message, help)
        };
        let lower = name.to_lowercase();
        if NOT_YOURS.contains(&lower.as_str()) {
            return Err(wrong(format!("{name} is not yours to set"), ""));
        }
        if lower == SECRET_HEADER.to_lowercase() {
            let message = format!("{SECRET_HEADER} is Portal's: an app does not send it");
            return Err(wrong(message, ""));
        }
        if CREDENTIALS.contains(&lower.as_str()) && template.is_literal() {
            let help = "write {token}, which comes with each client from its hook or its --clients file; what a \
                        gateway asks for goes into --header";
            return Err(wrong("a configuration file cannot hold a secret".to_owned(), help));
        }
        let literal = template.literals().collect::<String>();
        if let Err(error) = http::header(name, &literal) {
            return Err(wrong(error.to_string(), ""));
        }
        Ok((name.to_owned(), template))
    });
    each.collect()
}

fn body(table: &Reading<'_>, in_header: Option<String>) -> Result<(Body, String), Mistake> {
    let said = table.text("content-type")?;
    let span = said.as_ref().map(|(_, span)| span.clone());
    let said = said.map(|(text, _)| text.to_owned()).or(in_header);
    let Some(value) = table.value("body") else {
        return Ok((Body::Nothing, String::new()));
    };
    let is_table = matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_));
    let content_type = match said {
        Some(text) => text,
        None if is_table => "application/json".to_owned(),
        None => {
            let help = "write content-type = \"application/json\", or what it is";
            return Err(Mistake::new(
                value.span(),
                "a body that is a text needs a `content-type`",
                help,
            ));
        }
    };
    if http::header("content-type", &content_type).is_err() || content_type.trim().is_empty() {
        let message = "`content-type` cannot be sent";
        return Err(Mistake::new(span.unwrap_or(value.span()), message, ""));
    }
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let is_json = essence.ends_with("/json") || essence.ends_with("+json");
    let is_form = essence == "application/x-www-form-urlencoded";
    let is_xml = essence.ends_with("/xml") || essence.ends_with("+xml");
    let wrong = |wrong| table.wrong(value.span(), wrong);
    let body = if is_table && is_form {
        Body::Form(form_of(value)?)
    } else if is_table && is_json {
        Body::Json(Json::of_toml(value).map_err(|(span, it)| table.wrong(span, it))?)
    } else if is_table {
        let message = format!("a table cannot be sent as {essence}");
        return Err(Mistake::new(
            value.span(),
            message,
            "write the body as a text",
        ));
    } else {
        let (text, span) = text("body", value)?;
        if is_json {
            Body::Json(Json::of_text(text).map_err(wrong)?)
        } else if is_form {
            Body::Form(Params::new(text.trim()).map_err(wrong)?)
        } else {
            let escape = if is_xml { xml } else { str::to_owned };
            Body::Text(table.template(text, &span)?, escape)
        }
    };
    Ok((body, content_type))
}

/// A table as a form's parameters.
fn form_of(value: &toml::Spanned<DeValue<'_>>) -> Result<Params, Mistake> {
    let DeValue::Table(pairs) = value.get_ref() else {
        return Err(Mistake::new(
            value.span(),
            "a form is a table, or a text",
            "",
        ));
    };
    let pairs = pairs.iter().map(|(key, value)| {
        let (text, span) = text(key.get_ref(), value)?;
        let read = |text: &str, span: &Range<usize>| {
            let template = Template::new(text);
            let wrong = |wrong: super::template::Wrong| Mistake {
                help: wrong.help,
                ..Mistake::new(span.clone(), wrong.message, "")
            };
            template.map(|it| it.escaped(form)).map_err(wrong)
        };
        Ok((read(key.get_ref(), &key.span())?, Some(read(text, &span)?)))
    });
    Ok(Params::of(pairs.collect::<Result<_, Mistake>>()?))
}
