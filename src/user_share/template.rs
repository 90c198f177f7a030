//! A text with placeholders, and what it becomes with their values.

use super::garbage::Garbage;
use crate::nearest::nearest;
use serde_json::Value;

/// What can stand in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    /// The id of the Portal client.
    ClientId,
    /// The backup method.
    Method,
    /// The text to be kept.
    CipherText,
    /// How the endpoints call the user.
    User,
    /// What lets the user in.
    Token,
}

impl Placeholder {
    pub(super) const ALL: [Self; 5] = [
        Self::ClientId,
        Self::Method,
        Self::CipherText,
        Self::User,
        Self::Token,
    ];

    /// As it stands between the braces.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ClientId => "client_id",
            Self::Method => "method",
            Self::CipherText => "cipher_text",
            Self::User => "user",
            Self::Token => "token",
        }
    }
}

/// What is wrong with a template: the words, what may have been meant, and the piece of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) piece: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Placeholder(Placeholder),
}

/// A text with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

/// What stands in the place of a placeholder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    /// This text.
    Text(&'a str),
    /// This text, not to be escaped: it stands for what is not shown.
    Word(&'a str),
    /// Nothing: what holds it is left out.
    Nothing,
    /// What is no cipher text.
    Garbage(Garbage),
}

/// The values of all placeholders.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    pub(super) client_id: &'a str,
    pub(super) user: &'a str,
    pub(super) method: Given<'a>,
    pub(super) cipher_text: Given<'a>,
    pub(super) token: Given<'a>,
}

impl<'a> Values<'a> {
    fn of(&self, placeholder: Placeholder) -> Given<'a> {
        match placeholder {
            Placeholder::ClientId => Given::Text(self.client_id),
            Placeholder::User => Given::Text(self.user),
            Placeholder::Method => self.method,
            Placeholder::CipherText => self.cipher_text,
            Placeholder::Token => self.token,
        }
    }
}

/// What a template becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filled {
    /// A text.
    Text(String),
    /// What is no text, or is an empty one.
    Value(Value),
    /// Whatever the template is the value of is left out.
    LeftOut,
    /// It cannot say that.
    Cannot,
}

impl Filled {
    /// The text where only a text can stand; the error says that there is none to be had.
    pub(super) fn text(self) -> Result<Option<String>, ()> {
        match self {
            Self::Text(text) | Self::Value(Value::String(text)) => Ok(Some(text)),
            Self::LeftOut => Ok(None),
            Self::Value(_) | Self::Cannot => Err(()),
        }
    }
}

impl Template {
    /// Reads a text in which `{{` and `}}` are braces.
    pub(super) fn new(text: &str) -> Result<Self, Wrong> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push_str(&rest[..1]);
                rest = &rest[2..];
            } else if let Some(inner) = rest.strip_prefix('{') {
                let end = inner.find('}');
                let name = inner.get(..end.unwrap_or(0)).unwrap_or_default();
                let placeholder = named(name, end.is_some(), rest)?;
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                pieces.push(Piece::Placeholder(placeholder));
                rest = &inner[name.len() + 1..];
            } else {
                return Err(Wrong {
                    message: "a } stands alone".to_owned(),
                    help: Some("a brace that is meant as one is written }}".to_owned()),
                    piece: rest.chars().take(1).collect(),
                });
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self(pieces))
    }

    /// The same template with its literal pieces escaped.
    pub(super) fn escaped(&self, escape: fn(&str) -> String) -> Self {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Literal(text) => Piece::Literal(escape(text)),
            Piece::Placeholder(it) => Piece::Placeholder(*it),
        });
        Self(pieces.collect())
    }

    /// The pieces that are no placeholders.
    pub(super) fn literals(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::Placeholder(_) => None,
        })
    }

    /// Whether a placeholder stands in it.
    pub(super) fn holds(&self, placeholder: Placeholder) -> bool {
        self.0.contains(&Piece::Placeholder(placeholder))
    }

    /// Whether no placeholder stands in it.
    pub(super) fn is_literal(&self) -> bool {
        self.literals().count() == self.0.len()
    }

    /// Whether it is this placeholder and nothing else.
    pub(super) fn is(&self, placeholder: Placeholder) -> bool {
        self.0 == [Piece::Placeholder(placeholder)]
    }

    /// With values, each escaped for the place. What holds a token that is not to be sent is left out as a whole, and so is
    /// what is nothing but a method or a text that is missing; around those, other text cannot be left standing.
    pub(super) fn filled(&self, values: &Values<'_>, escape: fn(&str) -> String) -> Filled {
        if self.holds(Placeholder::Token) && matches!(values.token, Given::Nothing) {
            return Filled::LeftOut;
        }
        if let [Piece::Placeholder(only)] = self.0[..] {
            match values.of(only) {
                Given::Nothing => return Filled::LeftOut,
                Given::Garbage(garbage) => {
                    return garbage.value().map_or(Filled::LeftOut, Filled::Value);
                }
                Given::Text(_) | Given::Word(_) => {}
            }
        }
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Placeholder(placeholder) => match values.of(*placeholder) {
                    Given::Text(value) => text.push_str(&escape(value)),
                    Given::Word(word) => text.push_str(word),
                    Given::Nothing | Given::Garbage(_) => return Filled::Cannot,
                },
            }
        }
        Filled::Text(text)
    }

    /// The text with every placeholder between marks, for a parser that knows none.
    pub(super) fn marked(&self) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Placeholder(it) => format!("{OPEN}{}{CLOSE}", it.name()),
        });
        pieces.collect()
    }

    /// The template of a text that such a parser has given back.
    pub(super) fn unmarked(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, name, after)) = rest
            .split_once(OPEN)
            .and_then(|(before, rest)| Some((before, rest.split_once(CLOSE)?)))
            .map(|(before, (name, after))| (before, name, after))
        {
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            let known = Placeholder::ALL.into_iter().find(|it| it.name() == name);
            pieces.extend(known.map(Piece::Placeholder));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Self(pieces)
    }
}

/// What no text holds: code points that are no characters.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

fn named(name: &str, closed: bool, rest: &str) -> Result<Placeholder, Wrong> {
    let brace = "a brace that is meant as one is written {{";
    let word = |c: char| c.is_alphanumeric() || ['_', '-', ' '].contains(&c);
    if !closed || name.is_empty() || !name.chars().all(word) {
        return Err(Wrong {
            message: "a { begins no placeholder".to_owned(),
            help: Some(brace.to_owned()),
            piece: rest.chars().take(1).collect(),
        });
    }
    let known = Placeholder::ALL.into_iter().find(|it| it.name() == name);
    known.ok_or_else(|| {
        let names = Placeholder::ALL.map(Placeholder::name);
        // Whoever writes clientId means client_id.
        let plain = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
        let same = names.into_iter().find(|it| plain(it) == plain(name));
        let near = same.or_else(|| nearest(name, names));
        Wrong {
            message: format!("unknown placeholder {{{name}}}"),
            help: Some(near.map_or_else(
                || format!("there are {{{}}}", names.join("}, {")),
                |near| format!("did you mean {{{near}}}?"),
            )),
            piece: format!("{{{name}}}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const VALUES: Values<'_> = Values {
        client_id: "c",
        user: "u",
        method: Given::Text("M"),
        cipher_text: Given::Text("X"),
        token: Given::Text("t"),
    };

    fn filled(text: &str, values: &Values<'_>) -> Filled {
        Template::new(text)
            .unwrap()
            .filled(values, str::to_lowercase)
    }

    #[rstest]
    #[case("", "")]
    #[case("/a/{user}?m={method}", "/a/u?m=m")]
    #[case("{{}} {{{method}}} {{user}}", "{} {m} {user}")]
    #[case("{client_id}{cipher_text}{token}", "cxt")]
    fn placeholders_become_values_and_double_braces_braces(
        #[case] text: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(filled(text, &VALUES), Filled::Text(expected.to_owned()));
        let template = Template::new(text).unwrap();
        assert_eq!(Template::unmarked(&template.marked()), template);
    }

    #[rstest]
    #[case("/{methd}", "unknown placeholder {methd}", "did you mean {method}?")]
    #[case(
        "/{clientId}",
        "unknown placeholder {clientId}",
        "did you mean {client_id}?"
    )]
    #[case(
        "{cipherText}",
        "unknown placeholder {cipherText}",
        "did you mean {cipher_text}?"
    )]
    #[case("{\"a\": 1}", "a { begins no placeholder", "written {{")]
    #[case("{user", "a { begins no placeholder", "written {{")]
    #[case("user}", "a } stands alone", "written }}")]
    fn a_slip_says_what_may_be_meant(
        #[case] text: &str,
        #[case] message: &str,
        #[case] help: &str,
    ) {
        let wrong = Template::new(text).unwrap_err();
        assert_eq!(wrong.message, message);
        assert!(wrong.help.unwrap().contains(help));
        assert!(text.contains(&wrong.piece));
    }

    #[test]
    fn what_holds_nothing_but_what_is_missing_is_left_out() {
        let nothing = Values {
            method: Given::Nothing,
            token: Given::Nothing,
            cipher_text: Given::Garbage(Garbage::Empty),
            ..VALUES
        };
        assert_eq!(filled("{method}", &nothing), Filled::LeftOut);
        assert_eq!(filled("x{method}", &nothing), Filled::Cannot);
        assert_eq!(filled("Bearer {token}", &nothing), Filled::LeftOut);
        assert_eq!(filled("x{cipher_text}", &nothing), Filled::Cannot);
        assert_eq!(filled("{cipher_text}", &nothing), Filled::Value("".into()));
    }
}
